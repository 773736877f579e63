package activities

import (
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// RestoreTarget says where a recovery point goes: to a database on a server, or
// as files to a container. Exactly one of Server and Container is given.
type RestoreTarget struct {
	// Server is where the database is made.
	Server *instance.Server `json:"server,omitempty"`
	// SignIn is how to sign in there; nil means as the instance's own backups
	// do, which needs the instance's own server.
	SignIn *instance.SignIn `json:"signIn,omitempty"`
	// Database is the name to restore to. It must not exist, unless Content is "data".
	Database string `json:"database,omitempty"`
	// Owners is "keep" (the default) or "omit": whether objects get their
	// recorded owners, or belong to the signed-in role.
	Owners Choice `json:"owners,omitempty"`
	// Grants is "keep" (the default) or "omit".
	Grants Choice `json:"grants,omitempty"`
	// Roles asks for the recorded roles, without passwords, before the data.
	Roles bool `json:"roles,omitempty"`
	// KeepFailed leaves the half-restored database of a failed job, under the job's own name for it.
	KeepFailed bool `json:"keepFailed,omitempty"`
	// Connections is how many connections load data side by side; 0 means 4.
	Connections int `json:"connections,omitempty"`
	// Statistics asks for the planner's statistics, which the dump has if the
	// instance's dump.statistics was on.
	Statistics bool `json:"statistics,omitempty"`

	// Tables and Schemas choose what to restore; without either it is everything.
	// A table is "schema.name", or "name" where that is in one schema only, and
	// may be a view or a sequence too. It comes with all that is its own, and with
	// what it cannot do without.
	Tables  []string `json:"tables,omitempty"`
	Schemas []string `json:"schemas,omitempty"`
	// WithChildren brings the tables that inherit from one of Tables, too.
	WithChildren bool `json:"withChildren,omitempty"`
	// Content is "schema" for definitions without rows, or "data" for rows alone:
	// those go into tables that exist in Database and are empty, all or none.
	Content selection.Content `json:"content,omitempty"`

	// Container is the URL of the container that the files go to.
	Container string `json:"container,omitempty"`
	// Prefix stands before the files' names in Container.
	Prefix string `json:"prefix,omitempty"`
}

// Wanted is what of the recovery point to restore.
func (t RestoreTarget) Wanted() selection.Wanted {
	return selection.Wanted{Tables: t.Tables, Schemas: t.Schemas, Content: t.Content, WithChildren: t.WithChildren}
}

// RowsOnly tells that the target is a database that exists.
func (t RestoreTarget) RowsOnly() bool { return t.Content == selection.Data }

// MaxConnections is the most that a restore may load data over.
const MaxConnections = 64

// Choice is "keep", "omit", or empty for "keep".
type Choice string

// The values of [Choice].
const (
	Keep Choice = "keep"
	Omit Choice = "omit"
)

// Kept tells whether the choice is to keep.
func (c Choice) Kept() bool { return c != Omit }
