package jobs

import "github.com/pgvault/pgvault/internal/instance"

// RestoreTarget is where a recovery point is restored: a database on a server, or
// files in a container. Exactly one of Server and Container is given.
type RestoreTarget struct {
	// Server is the server of the database.
	Server *instance.Server `json:"server,omitempty"`
	// SignIn is how to sign in there. Nil means the sign-in of the instance's own
	// backups, which requires the instance's own server.
	SignIn *instance.SignIn `json:"signIn,omitempty"`
	// Database is the name of the restored database. It must not exist, unless
	// Content is [ContentData].
	Database string `json:"database,omitempty"`
	// Owners is [Keep], the default, or [Omit]: objects get their recorded owners, or
	// belong to the role that signs in.
	Owners Choice `json:"owners,omitempty"`
	// Grants is [Keep], the default, or [Omit].
	Grants Choice `json:"grants,omitempty"`
	// Roles restores the recorded roles, without passwords, before the data.
	Roles bool `json:"roles,omitempty"`
	// KeepFailed keeps the database of a failed job under the job's own name for it.
	KeepFailed bool `json:"keepFailed,omitempty"`
	// Connections is how many connections load data side by side; 0 means 4.
	Connections int `json:"connections,omitempty"`
	// Statistics restores the planner's statistics, which the dump has if the
	// instance's dump.statistics was on.
	Statistics bool `json:"statistics,omitempty"`

	// Tables and Schemas choose what to restore; without either it is everything. A
	// table is "schema.name", or "name" if only one schema has it, and may be a view
	// or a sequence. It is restored with everything that belongs to it and everything
	// that it requires.
	Tables  []string `json:"tables,omitempty"`
	Schemas []string `json:"schemas,omitempty"`
	// WithChildren restores the tables that inherit from one of Tables too.
	WithChildren bool `json:"withChildren,omitempty"`
	// Content is empty for definitions and rows, or one of the values of [Content].
	Content Content `json:"content,omitempty"`

	// Container is the URL of the container of the files.
	Container string `json:"container,omitempty"`
	// Prefix precedes the names of the files in Container.
	Prefix string `json:"prefix,omitempty"`
}

// RowsOnly reports whether only rows are restored, into a database that exists.
func (t RestoreTarget) RowsOnly() bool { return t.Content == ContentData }

// MaxConnections is the largest number of connections of a restore.
const MaxConnections = 64

// Content is the part of the chosen objects to restore.
type Content string

// The values of [Content].
const (
	ContentAll Content = ""
	// ContentSchema is definitions without rows.
	ContentSchema Content = "schema"
	// ContentData is rows only. They go into tables of Database that exist and are
	// empty, all of them or none.
	ContentData Content = "data"
)

// Choice is [Keep], [Omit], or empty for [Keep].
type Choice string

// The values of [Choice].
const (
	Keep Choice = "keep"
	Omit Choice = "omit"
)

// Kept reports whether the choice is to keep.
func (c Choice) Kept() bool { return c != Omit }
