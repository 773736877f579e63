package policy

import (
	"encoding"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Period is a period whose first point a rule claims. Its text is "day",
// "week", "month" or "year".
type Period string

// The periods, shortest first.
const (
	Day           Period = "day"
	Week          Period = "week"
	CalendarMonth Period = "month"
	Year          Period = "year"
)

// Month is a month of the year. Its text is "Jan"; "January" is accepted too.
type Month time.Month

// WeekOfMonth is the first, second, third or fourth seven days of a month, or
// its last seven days: with Mon, "first" is the first Monday. Its text is
// "first", "second", "third", "fourth" or "last".
type WeekOfMonth int

// LastWeek is the last seven days of a month.
const LastWeek WeekOfMonth = -1

// DayOfMonth is a day from 1 to 28, which every month has, or the last day. Its
// text is "1" to "28" or "last".
type DayOfMonth int

// LastDay is the last day of a month.
const LastDay DayOfMonth = -1

const last = "last"

var (
	_ encoding.TextUnmarshaler = (*Period)(nil)
	_ encoding.TextMarshaler   = Month(0)
	_ encoding.TextUnmarshaler = (*Month)(nil)
	_ encoding.TextMarshaler   = WeekOfMonth(0)
	_ encoding.TextUnmarshaler = (*WeekOfMonth)(nil)
	_ encoding.TextMarshaler   = DayOfMonth(0)
	_ encoding.TextUnmarshaler = (*DayOfMonth)(nil)
)

// UnmarshalText parses the text of a Period.
func (p *Period) UnmarshalText(text []byte) error {
	if !slices.Contains([]Period{Day, Week, CalendarMonth, Year}, Period(text)) {
		return fmt.Errorf("%q is not a period; write day, week, month or year", text)
	}
	*p = Period(text)
	return nil
}

// String returns the text.
func (m Month) String() string { return time.Month(m).String()[:3] }

// MarshalText returns the text.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText parses the text of a Month.
func (m *Month) UnmarshalText(text []byte) error {
	for month := time.January; month <= time.December; month++ {
		if strings.EqualFold(string(text), month.String()) || strings.EqualFold(string(text), month.String()[:3]) {
			*m = Month(month)
			return nil
		}
	}
	return fmt.Errorf("%q is not a month; write Jan, Feb, Mar, Apr, May, Jun, Jul, Aug, Sep, Oct, Nov or Dec", text)
}

var weekNames = []string{"first", "second", "third", "fourth"}

// String returns the text.
func (w WeekOfMonth) String() string {
	if w == LastWeek {
		return last
	}
	return weekNames[w-1]
}

// MarshalText returns the text.
func (w WeekOfMonth) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText parses the text of a WeekOfMonth.
func (w *WeekOfMonth) UnmarshalText(text []byte) error {
	if strings.EqualFold(string(text), last) {
		*w = LastWeek
		return nil
	}
	i := slices.IndexFunc(weekNames, func(name string) bool { return strings.EqualFold(string(text), name) })
	if i < 0 {
		return fmt.Errorf("%q is not a week of the month; write first, second, third, fourth or last", text)
	}
	*w = WeekOfMonth(i + 1)
	return nil
}

// String returns the text.
func (d DayOfMonth) String() string {
	if d == LastDay {
		return last
	}
	return strconv.Itoa(int(d))
}

// MarshalText returns the text.
func (d DayOfMonth) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses the text of a DayOfMonth.
func (d *DayOfMonth) UnmarshalText(text []byte) error {
	if strings.EqualFold(string(text), last) {
		*d = LastDay
		return nil
	}
	day, err := strconv.Atoi(string(text))
	if err != nil || day < 1 || day > 28 {
		return fmt.Errorf("%q is not a day that every month has; write 1 to 28, or last", text)
	}
	*d = DayOfMonth(day)
	return nil
}
