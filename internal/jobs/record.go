package jobs

import (
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/proof"
)

// The outcomes of a job.
const (
	Completed = "completed"
	Failed    = "failed"
	Cancelled = "cancelled"
)

// Record is the outcome of a job. The vault keeps it for longer than Temporal
// keeps closed jobs.
type Record struct {
	ID        string    `json:"id"`
	RunID     string    `json:"runID"`
	Operation string    `json:"operation"`
	Instance  string    `json:"instance,omitempty"`
	Point     string    `json:"point,omitempty"`
	Started   time.Time `json:"started"`
	Ended     time.Time `json:"ended"`
	// Outcome is [Completed], [Failed] or [Cancelled].
	Outcome string `json:"outcome"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Trigger is the kind of the job's trigger.
	Trigger  string `json:"trigger,omitempty"`
	Identity string `json:"identity,omitempty"`
	// Reason is the reason given by the person who started the job.
	Reason string `json:"reason,omitempty"`
	// Leftovers are databases and schemas that the job left on servers.
	Leftovers []Leftover `json:"leftovers,omitempty"`
	Work
	// RecordedBy is the worker that wrote the record.
	RecordedBy Worker `json:"recordedBy,omitzero"`
}

// Work is what a job did, as far as it came. The steps report it: nothing of it is
// claimed by a client, except for the target of a restore, which the steps accepted.
type Work struct {
	// Worker is the worker that dumped, restored or copied.
	Worker Worker `json:"worker,omitzero"`
	// SignIn is the sign-in to the server of Source or Target.
	SignIn SignIn `json:"signIn,omitzero"`
	// Source is the database that a backup dumped.
	Source Place `json:"source,omitzero"`
	// Target is what a restore wrote to.
	Target Place `json:"target,omitzero"`
	// Rows counts the rows that were dumped or loaded; nil if an earlier attempt did it.
	Rows *int64 `json:"rows,omitempty"`
	// Bytes is the length of the dump that was stored or read.
	Bytes int64 `json:"bytes,omitempty"`
	// Verdict is that of comparing what was restored with the dump's fingerprints;
	// empty if it was not compared.
	Verdict proof.Verdict `json:"verdict,omitempty"`
	// Ignored counts the errors that were ignored since they lose nothing, and
	// IgnoredErrors has the first 20 of them.
	Ignored       int      `json:"ignored,omitempty"`
	IgnoredErrors []string `json:"ignoredErrors,omitempty"`
}

// maxIgnored bounds IgnoredErrors.
const maxIgnored = 20

// Ignore adds ignored errors.
func (w *Work) Ignore(errors []string) {
	w.Ignored += len(errors)
	w.IgnoredErrors = append(w.IgnoredErrors, errors[:min(len(errors), maxIgnored-len(w.IgnoredErrors))]...)
}

// Worker identifies a worker by what it knows of itself.
type Worker struct {
	// ObjectID is the Microsoft Entra object ID of its identity; empty if it could
	// not be read.
	ObjectID string `json:"objectID,omitempty"`
	Host     string `json:"host"`
	// Version is the version of pgvault.
	Version string `json:"version"`
}

// SignIn is how a step signed in to a server. It never contains the secret.
type SignIn struct {
	// Kind is "key-vault" or "entra".
	Kind string `json:"kind"`
	// URL and Version identify the Key Vault secret.
	URL     string `json:"url,omitempty"`
	Version string `json:"version,omitempty"`
	User    string `json:"user,omitempty"`
}

// Place is a database, or files in a container.
type Place struct {
	// Server is the host and port.
	Server   string `json:"server,omitempty"`
	Database string `json:"database,omitempty"`
	// Tables and Schemas are the chosen ones; without either, it was everything.
	Tables  []string `json:"tables,omitempty"`
	Schemas []string `json:"schemas,omitempty"`
	// Content is "schema" or "data" if it was only that.
	Content Content `json:"content,omitempty"`
	// Into is set if the tables came into a database that existed.
	Into *Into `json:"into,omitempty"`
	// Container is a URL, and Prefix precedes the names of the files in it.
	Container string `json:"container,omitempty"`
	Prefix    string `json:"prefix,omitempty"`
}

// PlaceOf returns the place of a restore.
func PlaceOf(t RestoreTarget) Place {
	p := Place{Database: t.Database, Tables: t.Tables, Schemas: t.Schemas, Content: t.Content, Into: t.Into, Container: t.Container, Prefix: t.Prefix}
	if t.Server != nil {
		p.Server = t.Server.WithDefaults().Address()
	}
	return p
}

// Leftover is a database that a restore left behind under its temporary name, or
// schemas in an existing database.
type Leftover struct {
	// Server is the host and port.
	Server   string `json:"server"`
	Database string `json:"database"`
	// Schemas is the prefix of the names of the schemas in Database; empty if Database
	// itself was left behind.
	Schemas string `json:"schemas,omitempty"`
	// Reason is why it was left.
	Reason string `json:"reason"`
}

// Name returns the object that was left behind, for people.
func (l Leftover) Name() string {
	if l.Schemas != "" {
		return fmt.Sprintf("schemas %s* in database %q on server %s", l.Schemas, l.Database, l.Server)
	}
	return fmt.Sprintf("database %q on server %s", l.Database, l.Server)
}
