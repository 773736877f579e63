package estate

import (
	"fmt"
	"strings"
	"time"
)

// someNames is the number of names that a message lists.
const someNames = 5

// some lists the first names and counts the others.
func some(names []string) string {
	if len(names) <= someNames {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:someNames], ", "), len(names)-someNames)
}

func recoveryPoints(n int) string {
	if n == 1 {
		return "1 recovery point"
	}
	return fmt.Sprintf("%d recovery points", n)
}

func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// inHours is the length up to which durations are told in hours.
const inHours = 3 * 24 * time.Hour

// DurationText returns a duration in hours and minutes, or in days and hours if it is
// long: "26h", "1h30m", "7d3h".
func DurationText(d time.Duration) string {
	d = d.Round(time.Minute)
	days := time.Duration(0)
	if d > inHours {
		days = d / (24 * time.Hour)
	}
	rest := d - days*24*time.Hour
	var b strings.Builder
	for _, part := range []struct {
		n    time.Duration
		unit string
	}{{days, "d"}, {rest / time.Hour, "h"}, {rest % time.Hour / time.Minute, "m"}} {
		if part.n > 0 {
			fmt.Fprintf(&b, "%d%s", part.n, part.unit)
		}
	}
	if b.Len() == 0 {
		return "0m"
	}
	return b.String()
}
