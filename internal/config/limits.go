package config

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// boundedDuration is a Duration within limits.
type boundedDuration struct {
	into  *policy.Duration
	check func(policy.Duration) error
}

func (b *boundedDuration) UnmarshalText(text []byte) error {
	d, err := policy.ParseDuration(string(text))
	if err == nil {
		err = b.check(d)
	}
	if err != nil {
		return err
	}
	*b.into = d
	return nil
}

// boundedClock is a ClockDuration within limits.
type boundedClock struct {
	into        *policy.ClockDuration
	least, most time.Duration
}

func (b *boundedClock) UnmarshalText(text []byte) error {
	d, err := policy.ParseClockDuration(string(text))
	if err != nil {
		return err
	}
	if d.Std() < b.least || d.Std() > b.most {
		return fmt.Errorf("%s is not within %s and %s", d, policy.ClockDuration(b.least), policy.ClockDuration(b.most))
	}
	*b.into = d
	return nil
}
