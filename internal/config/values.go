package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// DefaultCatchUp is how late a job may still start, unless told otherwise.
const DefaultCatchUp = ClockDuration(6 * time.Hour)

func (s Schedule) withDefaults() Schedule {
	if len(s.Days) == 0 {
		s.Days = AllDays()
	}
	s.TimeZone = cmp.Or(s.TimeZone, "UTC")
	s.CatchUpWindow = cmp.Or(s.CatchUpWindow, DefaultCatchUp)
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

// meets gives a time at which both schedules start. Zones are not compared.
func (s Schedule) meets(other Schedule) (string, bool) {
	if s.TimeZone != other.TimeZone {
		return "", false
	}
	for _, t := range s.Times {
		for _, day := range s.Days {
			if slices.Contains(other.Times, t) && slices.Contains(other.Days, day) {
				return fmt.Sprintf("%s on %s", t, day), true
			}
		}
	}
	return "", false
}

// boundedDuration is a Duration within limits.
type boundedDuration struct {
	into        *Duration
	least, most Duration
}

func (b *boundedDuration) UnmarshalText(text []byte) error {
	d, err := ParseDuration(string(text))
	if err == nil {
		err = checkWithin(d, b.least, b.most)
	}
	if err != nil {
		return err
	}
	*b.into = d
	return nil
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
