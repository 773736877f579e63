package jobs

import "github.com/pgvault/pgvault/internal/instance"

// RestoreTarget is the target of a restore: a database on a server, or files in
// a container. Exactly one of Server and Container must be set.
type RestoreTarget struct {
	// Server is the server of the database.
	Server *instance.Server `json:"server,omitempty"`
	// SignIn is the sign-in to the server. Nil means the sign-in of the
	// instance's backups, which requires the instance's own server.
	SignIn *instance.SignIn `json:"signIn,omitempty"`
	// Database is the name of the restored database. It must not exist, unless
	// Content is [ContentData] or Into is set.
	Database string `json:"database,omitempty"`
	// Owners is [Keep], the default, or [Omit]: objects get their recorded
	// owners or belong to the role that signs in.
	Owners Choice `json:"owners,omitempty"`
	// Grants is [Keep], the default, or [Omit].
	Grants Choice `json:"grants,omitempty"`
	// Roles reports whether to restore the recorded roles, without passwords,
	// before the data.
	Roles bool `json:"roles,omitempty"`
	// KeepFailed reports whether to keep the database of a failed job, under
	// its temporary name.
	KeepFailed bool `json:"keepFailed,omitempty"`
	// Connections is the number of connections that load data; 0 means 4.
	Connections int `json:"connections,omitempty"`
	// Statistics reports whether to restore the planner's statistics, which the
	// dump has if the instance's dump.statistics was on.
	Statistics bool `json:"statistics,omitempty"`

	// Tables and Schemas select the objects to restore; without either,
	// everything is restored. A table is "schema.name", or "name" if only one
	// schema has it, and may be a view or a sequence. It is restored with its
	// parts and everything that it depends on.
	Tables  []string `json:"tables,omitempty"`
	Schemas []string `json:"schemas,omitempty"`
	// WithChildren reports whether to restore the tables that inherit from
	// Tables too.
	WithChildren bool `json:"withChildren,omitempty"`
	// Content is empty for definitions and rows, or one of the values of [Content].
	Content Content `json:"content,omitempty"`
	// Into restores tables into the existing Database; nil creates the database.
	Into *Into `json:"into,omitempty"`

	// Verify reports whether to compare what was restored with the fingerprints of
	// the dump, before it is published or committed.
	Verify bool `json:"verify,omitempty"`

	// Container is the URL of the container of the files.
	Container string `json:"container,omitempty"`
	// Prefix precedes the names of the files in Container.
	Prefix string `json:"prefix,omitempty"`
}

// RowsOnly reports whether only rows are restored, into an existing database.
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
	// ContentData is rows only. They are loaded into existing, empty tables of
	// Database, in one transaction.
	ContentData Content = "data"
)

// Choice is [Keep] or [Omit]; empty means [Keep].
type Choice string

// The values of [Choice].
const (
	Keep Choice = "keep"
	Omit Choice = "omit"
)

// Kept reports whether the choice is [Keep].
func (c Choice) Kept() bool { return c != Omit }
