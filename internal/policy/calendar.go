package policy

import (
	"encoding"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zone names must mean the same on a machine without zone files
)

// TimeOfDay is a time on the clock. Its text is "02:00".
type TimeOfDay struct {
	Hour, Minute int
}

// Weekday is a day of the week. Its text is "Mon"; "Monday" is accepted too.
type Weekday time.Weekday

var (
	_ encoding.TextMarshaler   = TimeOfDay{}
	_ encoding.TextUnmarshaler = (*TimeOfDay)(nil)
	_ encoding.TextMarshaler   = Weekday(0)
	_ encoding.TextUnmarshaler = (*Weekday)(nil)
)

// ParseTimeOfDay parses the text of a TimeOfDay.
func ParseTimeOfDay(text string) (TimeOfDay, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return TimeOfDay{}, fmt.Errorf("%q is not a time of day; write hours and minutes of 24 hours, like 02:00 or 22:30", text)
	}
	return TimeOfDay{Hour: t.Hour(), Minute: t.Minute()}, nil
}

// String returns the text.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", t.Hour, t.Minute) }

// MarshalText returns the text.
func (t TimeOfDay) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText parses the text as [ParseTimeOfDay] does.
func (t *TimeOfDay) UnmarshalText(text []byte) (err error) {
	*t, err = ParseTimeOfDay(string(text))
	return err
}

// AllDays returns the days of the week, starting with Monday.
func AllDays() []Weekday {
	return []Weekday{
		Weekday(time.Monday), Weekday(time.Tuesday), Weekday(time.Wednesday), Weekday(time.Thursday),
		Weekday(time.Friday), Weekday(time.Saturday), Weekday(time.Sunday),
	}
}

// ParseWeekday parses the text of a Weekday.
func ParseWeekday(text string) (Weekday, error) {
	for _, day := range AllDays() {
		if strings.EqualFold(text, day.String()) || strings.EqualFold(text, time.Weekday(day).String()) {
			return day, nil
		}
	}
	return 0, fmt.Errorf("%q is not a day of the week; write Mon, Tue, Wed, Thu, Fri, Sat or Sun", text)
}

// String returns the text.
func (d Weekday) String() string { return time.Weekday(d).String()[:3] }

// MarshalText returns the text.
func (d Weekday) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses the text as [ParseWeekday] does.
func (d *Weekday) UnmarshalText(text []byte) (err error) {
	*d, err = ParseWeekday(string(text))
	return err
}
