package jobs

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
)

// Rehydration is how a dump in the archive tier is made readable.
type Rehydration struct {
	// Priority is [PriorityStandard], the default, which takes up to 15 hours,
	// or [PriorityHigh], which takes less than one hour for a dump below 10 GB
	// and costs more.
	Priority string `json:"priority,omitempty"`
	// HoldDays is the number of days for which the readable copy is kept: 10 to
	// 30, by default 15. Other restores of the point use it too.
	HoldDays int `json:"holdDays,omitempty"`
}

// The values of [Rehydration].
const (
	PriorityStandard = "standard"
	PriorityHigh     = "high"

	DefaultHoldDays = 15
	MinHoldDays     = 10
	MaxHoldDays     = 30
)

// WithDefaults returns r with defaults for empty fields.
func (r Rehydration) WithDefaults() Rehydration {
	if r.Priority == "" {
		r.Priority = PriorityStandard
	}
	if r.HoldDays == 0 {
		r.HoldDays = DefaultHoldDays
	}
	return r
}

// Check returns a [failure.InvalidInput] that names the invalid field.
func (r Rehydration) Check() error {
	if r.Priority != PriorityStandard && r.Priority != PriorityHigh {
		return failure.New(failure.InvalidInput, `give "standard" or "high"`, "the job's input: field \"rehydration.priority\" cannot be %q", r.Priority)
	}
	if r.HoldDays < MinHoldDays || r.HoldDays > MaxHoldDays {
		return failure.New(failure.InvalidInput, fmt.Sprintf("give a number from %d to %d", MinHoldDays, MaxHoldDays),
			"the job's input: field \"rehydration.holdDays\" cannot be %d", r.HoldDays)
	}
	return nil
}
