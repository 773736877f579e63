package document

import (
	"github.com/pgvault/pgvault/internal/jobs"
)

// Applied is the document of pgvault apply.
type Applied struct {
	// DryRun reports whether nothing was changed.
	DryRun bool `json:"dryRun"`
	// Vault is the URL of the container.
	Vault string `json:"vault"`
	// Changes are those that were made, or would be.
	Changes []Change `json:"changes"`
	Outcome
}

// Change is a change of a setting or schedule.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Name names what changes.
	Name   string     `json:"name"`
	Change ChangeVerb `json:"change"`
	// Detail names the fields that change, or says why.
	Detail string `json:"detail,omitempty"`
}

// ChangeKind is the kind of what changes.
type ChangeKind string

// The kinds.
const (
	ChangeVault           ChangeKind = "vault"
	ChangePolicy          ChangeKind = "policy"
	ChangeInstance        ChangeKind = "instance"
	ChangeSearchAttribute ChangeKind = "search-attribute"
	ChangeSchedule        ChangeKind = "schedule"
)

// ChangeVerb is what happens.
type ChangeVerb string

// The changes.
const (
	Created    ChangeVerb = "created"
	Updated    ChangeVerb = "updated"
	ToPaused   ChangeVerb = "paused"
	ToResumed  ChangeVerb = "resumed"
	Removed    ChangeVerb = "removed"
	Registered ChangeVerb = "registered"
)

// ChangeOf returns the document of a change.
func ChangeOf(kind, name, change, detail string) Change {
	return Change{ChangeKind(hyphenated(kind)), name, ChangeVerb(change), detail}
}

// Validations is the document of pgvault validate.
type Validations struct {
	// Passed reports whether there is no finding.
	Passed    bool         `json:"passed"`
	Instances []Validation `json:"instances"`
	Outcome
}

// Validation has the findings of the checks of an instance.
type Validation struct {
	Instance string `json:"instance"`
	// Passed reports whether a backup could start now.
	Passed   bool      `json:"passed"`
	Findings []Finding `json:"findings"`
	// Role is the database role of backups; absent if it is unknown.
	Role string `json:"role,omitempty"`
	// Notes are facts that do not prevent a backup.
	Notes []string `json:"notes"`
}

// ValidationOf returns the document of a result.
func ValidationOf(instance string, r jobs.ValidateResult) Validation {
	return Validation{Instance: instance, Passed: len(r.Findings) == 0, Findings: each(r.Findings, findingOf), Role: r.Role, Notes: r.Notes}
}

// AllPassed reports whether all validations have passed.
func AllPassed(all []Validation) bool {
	for i := range all {
		if !all[i].Passed {
			return false
		}
	}
	return true
}

// Version is the document of pgvault version.
type Version struct {
	Version string `json:"version"`
	// Commit is the hash of the commit, or "unknown".
	Commit string `json:"commit"`
	// Go is the version of Go.
	Go string `json:"go"`
	Outcome
}

// NotifyTests is the document of pgvault notify test.
type NotifyTests struct {
	Tests []NotifyTest `json:"tests"`
	Outcome
}

// NotifyTest is a test of one receiver.
type NotifyTest struct {
	// Notification is the name of the receiver.
	Notification string        `json:"notification"`
	State        DeliveryState `json:"state"`
	// Answer is the answer of the receiver, such as "HTTP 202".
	Answer string `json:"answer,omitempty"`
	// Error is why the test was not delivered.
	Error *Error `json:"error,omitempty"`
}

// DeliveryState is the state of a delivery.
type DeliveryState string

// The states of deliveries.
const (
	Delivered    DeliveryState = "delivered"
	NotDelivered DeliveryState = "failed"
)
