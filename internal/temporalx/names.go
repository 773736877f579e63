package temporalx

import "go.temporal.io/sdk/temporal"

// Task queues. Transfers have one of their own, since a worker does few of
// them at a time.
const (
	// TaskQueue is for workflows and light activities.
	TaskQueue = "pgvault"
	// TransferTaskQueue is for dump, verification and restore.
	TransferTaskQueue = "pgvault-transfer"
)

// Workflow types, as people type them.
const (
	TypeBackup           = "Backup"
	TypeBackupRun        = "BackupRun"
	TypeRestore          = "Restore"
	TypeRetentionSweep   = "RetentionSweep"
	TypeValidate         = "Validate"
	TypeDeletePoint      = "DeletePoint"
	TypeUndeletePoint    = "UndeletePoint"
	TypeStopProtection   = "StopProtection"
	TypeResumeProtection = "ResumeProtection"
)

// Search attributes of jobs, all of type Keyword. They are never encrypted and
// hold no secret.
var (
	KeyInstance  = temporal.NewSearchAttributeKeyKeyword("PgvaultInstance")
	KeyDatabase  = temporal.NewSearchAttributeKeyKeyword("PgvaultDatabase")
	KeyOperation = temporal.NewSearchAttributeKeyKeyword("PgvaultOperation")
	KeyPoint     = temporal.NewSearchAttributeKeyKeyword("PgvaultPoint")
	KeyErrorCode = temporal.NewSearchAttributeKeyKeyword("PgvaultErrorCode")
)

func searchAttributeNames() []string {
	return []string{KeyInstance.GetName(), KeyDatabase.GetName(), KeyOperation.GetName(), KeyPoint.GetName(), KeyErrorCode.GetName()}
}
