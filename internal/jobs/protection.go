package jobs

import (
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// StopMode is what happens to the points of an instance whose protection is
// stopped.
type StopMode string

// The modes, as Azure Backup names them.
const (
	ModeRetainForever     StopMode = "retain-forever"
	ModeRetainAsPerPolicy StopMode = "retain-as-per-policy"
	ModeDeleteData        StopMode = "delete-data"
)

// StopProtectionInput starts a StopProtection.
type StopProtectionInput struct {
	Instance string `json:"instance"`
	// Mode is "retain-forever", "retain-as-per-policy" or "delete-data".
	Mode StopMode `json:"mode"`
	// Confirm repeats the instance's name, as [ModeDeleteData] requires.
	Confirm string `json:"confirm,omitempty"`
	// Reason is stored beside the instance and in the job's record.
	Reason string `json:"reason,omitempty"`
}

// Check implements [Input].
func (i StopProtectionInput) Check() error {
	if err := CheckInstance(i.Instance); err != nil {
		return err
	}
	switch i.Mode {
	case ModeRetainForever, ModeRetainAsPerPolicy:
		return nil
	case ModeDeleteData:
		if i.Confirm != i.Instance {
			return failure.New(failure.InvalidInput, `give the instance's name once more as "confirm"`,
				"the job's input: all recovery points of %q would be deleted, but \"confirm\" says %q", i.Instance, i.Confirm)
		}
		return nil
	}
	return failure.New(failure.InvalidInput, `give "retain-forever", "retain-as-per-policy" or "delete-data"`,
		"the job's input: field \"mode\" cannot be %q", string(i.Mode))
}

// ResumeProtectionInput starts a ResumeProtection.
type ResumeProtectionInput struct {
	Instance string `json:"instance"`
	Reason   string `json:"reason,omitempty"`
}

// Check implements [Input].
func (i ResumeProtectionInput) Check() error { return CheckInstance(i.Instance) }

// ProtectionResult is the result of a StopProtection or a ResumeProtection.
type ProtectionResult struct {
	Instance string `json:"instance"`
	State    string `json:"state"`
	// Before is the state that State replaced.
	Before string `json:"before"`
	// Deleted is the number of points that were deleted.
	Deleted int `json:"deleted,omitempty"`
	// Until is the time until which these can be undeleted; absent if they were
	// purged.
	Until time.Time `json:"until,omitzero"`
}
