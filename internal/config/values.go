package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

const defaultCatchUp = ClockDuration(6 * time.Hour)

func (s Schedule) withDefaults() Schedule {
	if len(s.Days) == 0 {
		s.Days = AllDays()
	}
	s.TimeZone = cmp.Or(s.TimeZone, "UTC")
	s.CatchUpWindow = cmp.Or(s.CatchUpWindow, defaultCatchUp)
	return s
}

// normal sorts times and days and drops what stands twice, so that the same
// schedule written in another order is the same value.
func (s Schedule) normal() Schedule {
	slices.SortFunc(s.Times, func(a, b TimeOfDay) int {
		return cmp.Or(cmp.Compare(a.Hour, b.Hour), cmp.Compare(a.Minute, b.Minute))
	})
	s.Times = slices.Compact(s.Times)
	given := s.Days
	s.Days = slices.DeleteFunc(AllDays(), func(d Weekday) bool { return !slices.Contains(given, d) })
	return s
}

// boundedClock is a ClockDuration within limits.
type boundedClock struct {
	into        *ClockDuration
	least, most time.Duration
}

func (b *boundedClock) UnmarshalText(text []byte) error {
	d, err := ParseClockDuration(string(text))
	if err != nil {
		return err
	}
	if d.Std() < b.least || d.Std() > b.most {
		return fmt.Errorf("%s is not within %s and %s", d, ClockDuration(b.least), ClockDuration(b.most))
	}
	*b.into = d
	return nil
}

func checkRetention(d Duration) error {
	// Months and years have different lengths; this start makes them short ones.
	from := time.Date(2001, time.February, 1, 0, 0, 0, 0, time.UTC)
	end := d.AddTo(from)
	if end.Before(from.AddDate(0, 0, 7)) || end.After(from.AddDate(10, 0, 1)) {
		return fmt.Errorf("%s is not within 7d and 10y", d)
	}
	return nil
}

func (s SignIn) check() error {
	if (s.KeyVaultSecret == "") == (s.Entra == nil) {
		return errors.New(`expected exactly one of "keyVaultSecret:" and "entra:"`)
	}
	return nil
}

// Validate tells what is wrong with a sign-in that did not come from Parse.
func (s SignIn) Validate() error {
	if err := s.check(); err != nil {
		return err
	}
	if s.Entra != nil {
		return checkUser(s.Entra.User)
	}
	return checkSecretURL(s.KeyVaultSecret)
}

// Validate tells what is wrong with a server that did not come from Parse.
func (s Server) Validate() error {
	if s.Port < 1 || s.Port > 65535 {
		return fmt.Errorf("port %d is not a number from 1 to 65535", s.Port)
	}
	return errors.Join(checkHost(s.Host), checkTLSMode(s.TLS.Mode))
}

func checkSecretURL(text string) error {
	_, _, err := ParseSecretURL(text)
	return err
}

func checkUser(name string) error {
	if name == "" || len(name) > 63 || strings.ContainsRune(name, 0) {
		return errors.New("a database user's name has 1 to 63 bytes")
	}
	return nil
}

func checkPath(path string) error {
	if !strings.HasPrefix(path, "/") {
		return fmt.Errorf("%q is not the full path of a file on the worker; begin it with /", path)
	}
	return nil
}
