package policy

import (
	"fmt"
	"regexp"
	"time"
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)

// CheckName returns an error if name is not a valid name of a policy.
func CheckName(name string) error {
	if !nameForm.MatchString(name) {
		return fmt.Errorf("%q cannot name a policy; write up to 63 letters, digits, '.', '_' and '-'", name)
	}
	return nil
}

// CheckTimeZone returns an error if name is not an IANA time zone.
func CheckTimeZone(name string) error {
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return fmt.Errorf("%q is not a time zone; write a name of the IANA list, like UTC or Europe/Berlin", name)
	}
	return nil
}
