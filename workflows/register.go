package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Register registers every workflow under its public type name. The list is
// also what a history is replayed against.
func Register(registry worker.WorkflowRegistry) {
	for name, w := range map[string]any{
		"Backup":           Backup,
		"BackupRun":        BackupRun,
		"Restore":          Restore,
		"RetentionSweep":   RetentionSweep,
		"DeletePoint":      DeletePoint,
		"UndeletePoint":    UndeletePoint,
		"StopProtection":   StopProtection,
		"ResumeProtection": ResumeProtection,
		"ReapplyPolicy":    ReapplyPolicy,
		"Validate":         Validate,
		"Verify":           Verify,
	} {
		registry.RegisterWorkflowWithOptions(w, workflow.RegisterOptions{Name: name})
	}
}
