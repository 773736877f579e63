package jobs

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
	TypeReapplyPolicy    = "ReapplyPolicy"
	TypeVerify           = "Verify"
	TypeScrub            = "Scrub"
	TypeDrill            = "Drill"
	TypeDrillRun         = "DrillRun"
	TypeNotify           = "Notify"
	TypeWatch            = "Watch"
	TypeAlerts           = "Alerts"
)

// OperationOf returns the operation of a workflow type as people know it: the work
// of a backup or a drill is done by a workflow of its own.
func OperationOf(workflowType string) string {
	switch workflowType {
	case TypeBackupRun:
		return TypeBackup
	case TypeDrillRun:
		return TypeDrill
	}
	return workflowType
}

// Names of the search attributes of jobs, all of type Keyword. Their values are
// never encrypted and contain no secret.
const (
	AttributeInstance  = "PgvaultInstance"
	AttributeDatabase  = "PgvaultDatabase"
	AttributeOperation = "PgvaultOperation"
	AttributePoint     = "PgvaultPoint"
	AttributeErrorCode = "PgvaultErrorCode"
	// AttributeOutcome is set when a job has ended: one of the outcomes of a
	// [Record].
	AttributeOutcome = "PgvaultOutcome"
	// AttributePhase is set while a job waits for a service, and describes the
	// wait.
	AttributePhase = "PgvaultPhase"
)

// Attributes returns the names of all search attributes.
func Attributes() []string {
	return []string{AttributeInstance, AttributeDatabase, AttributeOperation, AttributePoint, AttributeErrorCode, AttributeOutcome, AttributePhase}
}
