package azurepolicy

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// start is a time from which a backup repeats.
type start struct {
	path string
	at   time.Time
	// zoned reports whether the time has an offset.
	zoned bool
	// every is one week, one day, or a number of hours that divides a day.
	every time.Duration
}

const (
	aDay  = 24 * time.Hour
	aWeek = 7 * aDay
)

var everyForm = regexp.MustCompile(`^P(?:(\d{1,4})W|(\d{1,4})D|T(\d{1,4})H)$`)

// parseInterval parses "R/2025-01-05T02:00:00+00:00/P1W".
func parseInterval(text string) (start, error) {
	parts := strings.Split(text, "/")
	if len(parts) != 3 || parts[0] != "R" {
		return start{}, fmt.Errorf("%q is not R/START/PERIOD, like R/2025-01-05T02:00:00+00:00/P1W; what is repeated a number of times only cannot be carried over", text)
	}
	s, err := parseStart(parts[1])
	if err != nil {
		return start{}, err
	}
	s.every, err = parseEvery(parts[2])
	return s, err
}

func parseEvery(text string) (time.Duration, error) {
	found := everyForm.FindStringSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("the period %q is none of weeks, days or hours, like P1W, P1D or PT4H", text)
	}
	var every time.Duration
	for i, unit := range []time.Duration{aWeek, aDay, time.Hour} {
		n, _ := strconv.Atoi("0" + found[i+1]) // the pattern allows digits only
		every += time.Duration(n) * unit
	}
	if every == aWeek || every != 0 && every <= aDay && aDay%every == 0 {
		return every, nil
	}
	return 0, fmt.Errorf("the period %q cannot be carried over; what can is a week (P1W), a day (P1D), and hours that divide a day (PT4H)", text)
}

// startForms are the forms in which Azure accepts a time.
var startForms = []string{"2006-01-02T15:04:05.999", "2006-01-02T15:04"}

func parseStart(text string) (start, error) {
	for _, form := range startForms {
		if at, err := time.Parse(form+"Z07:00", text); err == nil {
			return start{at: at, zoned: true}, nil
		}
		if at, err := time.Parse(form, text); err == nil {
			return start{at: at}, nil
		}
	}
	return start{}, fmt.Errorf("%q is not a time, like 2025-01-05T02:00:00+00:00", text)
}
