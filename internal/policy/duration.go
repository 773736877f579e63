package policy

import (
	"encoding"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Duration is a number of calendar days, months and years. Its text is "30d",
// "12w", "6m", "10y", a combination ("1y6m"), or ISO 8601 ("P30D").
type Duration struct {
	Years, Months, Days int
}

var (
	_ encoding.TextMarshaler   = Duration{}
	_ encoding.TextUnmarshaler = (*Duration)(nil)
	_ encoding.TextMarshaler   = ClockDuration(0)
	_ encoding.TextUnmarshaler = (*ClockDuration)(nil)
)

var calendarForm = regexp.MustCompile(`^(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$`)

// ParseDuration parses the text of a Duration.
func ParseDuration(text string) (Duration, error) {
	parts := calendarForm.FindStringSubmatch(strings.TrimPrefix(strings.ToUpper(text), "P"))
	if parts == nil || strings.Join(parts[1:], "") == "" {
		return Duration{}, fmt.Errorf("%q is not a duration; write days, weeks, months or years, like 30d, 12w, 6m or 10y", text)
	}
	var n [4]int
	for i, part := range parts[1:] {
		n[i], _ = strconv.Atoi("0" + part) // the pattern allows digits only
	}
	return Duration{Years: n[0], Months: n[1], Days: 7*n[2] + n[3]}, nil
}

// AddTo returns t plus the duration. If the resulting month lacks the day, the
// result is its last day: 31 January plus a month is 28 February.
func (d Duration) AddTo(t time.Time) time.Time {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	first := time.Date(year+d.Years, month+time.Month(d.Months), 1, 0, 0, 0, 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return time.Date(first.Year(), first.Month(), min(day, last)+d.Days, hour, minute, second, t.Nanosecond(), t.Location())
}

// IsZero reports whether d is the zero duration.
func (d Duration) IsZero() bool { return d == Duration{} }

// String returns the shortest text that parses to the same duration.
func (d Duration) String() string {
	var b strings.Builder
	for _, part := range []struct {
		n    int
		unit string
	}{{d.Years, "y"}, {d.Months, "m"}, {d.Days, "d"}} {
		if part.n != 0 {
			fmt.Fprintf(&b, "%d%s", part.n, part.unit)
		}
	}
	if b.Len() == 0 {
		return "0d"
	}
	return b.String()
}

// MarshalText returns the text of String.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses the text as [ParseDuration] does.
func (d *Duration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDuration(string(text))
	return err
}

// ClockDuration is a duration of hours, minutes and seconds. Its text is Go's
// ("15m", "1h30m") or ISO 8601 ("PT6H"). It is a type of its own since "6m"
// means six minutes here and six months in a Duration.
type ClockDuration time.Duration

// ParseClockDuration parses the text of a ClockDuration.
func ParseClockDuration(text string) (ClockDuration, error) {
	source := text
	if rest, ok := strings.CutPrefix(text, "PT"); ok {
		source = strings.ToLower(rest)
	}
	d, err := time.ParseDuration(source)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("%q is not a length of time; write hours, minutes or seconds, like 6h, 15m or 1h30m", text)
	}
	return ClockDuration(d), nil
}

// Std returns d as a [time.Duration].
func (d ClockDuration) Std() time.Duration { return time.Duration(d) }

// String returns the text without zero units: "15m", not "15m0s".
func (d ClockDuration) String() string {
	text := time.Duration(d).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText returns the text of String.
func (d ClockDuration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText parses the text as [ParseClockDuration] does.
func (d *ClockDuration) UnmarshalText(text []byte) (err error) {
	*d, err = ParseClockDuration(string(text))
	return err
}
