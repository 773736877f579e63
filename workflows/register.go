package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Register registers every workflow under its public type name. Histories are
// replayed against the same list.
func Register(registry worker.WorkflowRegistry) {
	for name, w := range map[string]any{
		jobs.TypeBackup:           Backup,
		jobs.TypeBackupRun:        BackupRun,
		jobs.TypeRestore:          Restore,
		jobs.TypeRetentionSweep:   RetentionSweep,
		jobs.TypeDeletePoint:      DeletePoint,
		jobs.TypeUndeletePoint:    UndeletePoint,
		jobs.TypeStopProtection:   StopProtection,
		jobs.TypeResumeProtection: ResumeProtection,
		jobs.TypeReapplyPolicy:    ReapplyPolicy,
		jobs.TypeValidate:         Validate,
		jobs.TypeVerify:           Verify,
		jobs.TypeScrub:            Scrub,
		jobs.TypeDrill:            Drill,
		jobs.TypeDrillRun:         DrillRun,
		jobs.TypeNotify:           Notify,
		jobs.TypeWatch:            Watch,
		jobs.TypeAlerts:           Alerts,
	} {
		registry.RegisterWorkflowWithOptions(w, workflow.RegisterOptions{Name: name})
	}
}
