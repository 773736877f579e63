package cli

import (
	"github.com/spf13/pflag"

	"github.com/pgvault/pgvault/internal/jobs"

	"github.com/pgvault/pgvault/internal/policy"
)

// rehydrationFlags are the flags for a dump in the archive tier.
type rehydrationFlags struct{ priority, hold string }

func (f *rehydrationFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.priority, "rehydrate-priority", "", "how urgent a copy of an archived dump is: standard, high (default: standard)")
	flags.StringVar(&f.hold, "rehydrate-hold", "", "how long that copy is kept for other restores, 10d to 30d (default: 15d)")
}

// given returns nil if no flag was set.
func (f *rehydrationFlags) given() (*jobs.Rehydration, error) {
	if f.priority == "" && f.hold == "" {
		return nil, nil
	}
	r := jobs.Rehydration{Priority: f.priority}
	if f.hold != "" {
		hold, err := policy.ParseDuration(f.hold)
		if err != nil {
			return nil, usagef("--rehydrate-hold: %v", err)
		}
		r.HoldDays = hold.Days
		if hold.Years+hold.Months != 0 || hold.Days < jobs.MinHoldDays || hold.Days > jobs.MaxHoldDays {
			return nil, usagef("--rehydrate-hold %s is not between %dd and %dd", f.hold, jobs.MinHoldDays, jobs.MaxHoldDays)
		}
	}
	if p := r.WithDefaults().Priority; p != jobs.PriorityStandard && p != jobs.PriorityHigh {
		return nil, usagef("--rehydrate-priority %q is neither standard nor high", f.priority)
	}
	return &r, nil
}
