package activities

import (
	"github.com/pgvault/pgvault/internal/config"
)

// RestoreTarget says where a recovery point goes: to a database on a server, or
// as files to a container. Exactly one of Server and Container is given.
type RestoreTarget struct {
	// Server is where the database is made.
	Server *config.Server `json:"server,omitempty"`
	// SignIn is how to sign in there; nil means as the instance's own backups
	// do, which needs the instance's own server.
	SignIn *config.SignIn `json:"signIn,omitempty"`
	// Database is the name to restore to. It must not exist.
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

	// Container is the URL of the container that the files go to.
	Container string `json:"container,omitempty"`
	// Prefix stands before the files' names in Container.
	Prefix string `json:"prefix,omitempty"`
}

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
