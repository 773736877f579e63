package temporalx

import "go.temporal.io/sdk/temporal"

// TaskQueue is for workflows, which touch nothing but Temporal.
const TaskQueue = "pgvault"

// TransferTaskQueue is from before roles had queues of their own: it and
// [TaskQueue] had the activities of all. Jobs that began then still use them.
const TransferTaskQueue = "pgvault-transfer"

// Role is what a worker may be given an identity of its own for.
type Role string

// The roles.
const (
	RoleBackup  Role = "backup"
	RoleRestore Role = "restore"
	RolePrune   Role = "prune"
)

// Roles are all of them.
func Roles() []Role { return []Role{RoleBackup, RoleRestore, RolePrune} }

// Queue is for a role's light activities.
func (r Role) Queue() string { return TaskQueue + "-" + string(r) }

// TransferQueue is for those that move a whole database or go through a whole
// vault, of which a worker does few at a time.
func (r Role) TransferQueue() string { return r.Queue() + "-transfer" }

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
)

// Search attributes of jobs, all of type Keyword. They are never encrypted and
// hold no secret.
var (
	KeyInstance  = temporal.NewSearchAttributeKeyKeyword("PgvaultInstance")
	KeyDatabase  = temporal.NewSearchAttributeKeyKeyword("PgvaultDatabase")
	KeyOperation = temporal.NewSearchAttributeKeyKeyword("PgvaultOperation")
	KeyPoint     = temporal.NewSearchAttributeKeyKeyword("PgvaultPoint")
	KeyErrorCode = temporal.NewSearchAttributeKeyKeyword("PgvaultErrorCode")
	// KeyPhase is set while a job waits for something outside, and says for what.
	KeyPhase = temporal.NewSearchAttributeKeyKeyword("PgvaultPhase")
)

func searchAttributeNames() []string {
	return []string{
		KeyInstance.GetName(), KeyDatabase.GetName(), KeyOperation.GetName(), KeyPoint.GetName(), KeyErrorCode.GetName(), KeyPhase.GetName(),
	}
}
