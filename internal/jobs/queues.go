package jobs

import "strings"

// TaskQueue is the task queue of workflows, which use no service but Temporal.
const TaskQueue = "pgvault"

// Role is a set of steps that can run on workers with an identity of their own.
type Role string

// The roles.
const (
	RoleBackup  Role = "backup"
	RoleRestore Role = "restore"
	RolePrune   Role = "prune"
	// RoleWatch notices missing backups and tells people. It has no route to a
	// database.
	RoleWatch Role = "watch"
)

// Roles returns all roles.
func Roles() []Role { return []Role{RoleBackup, RoleRestore, RolePrune, RoleWatch} }

// Queue returns the task queue of a role's short steps.
func (r Role) Queue() string { return TaskQueue + "-" + string(r) }

// TransferQueue returns the task queue of a role's steps that move a whole
// database or read a whole vault. A worker runs few of them concurrently.
func (r Role) TransferQueue() string { return r.Queue() + transferSuffix }

const transferSuffix = "-transfer"

// QueueBeside returns the task queue of short steps whose workers also have the
// transfers of the queue. It returns false for another queue.
func QueueBeside(transferQueue string) (queue string, ok bool) {
	return strings.CutSuffix(transferQueue, transferSuffix)
}
