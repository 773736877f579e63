package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Jobs is the document of pgvault jobs.
type Jobs struct {
	// Jobs are the newest first.
	Jobs []ListedJob `json:"jobs"`
	Outcome
}

// ListedJob is a job, or a scheduled backup that was not started.
type ListedJob struct {
	// ID of a missed backup is the ID that its job would have had.
	ID string `json:"id"`
	// RunID is absent for a missed backup.
	RunID string  `json:"runID,omitempty"`
	Type  JobType `json:"type"`
	// Instance is absent for a job of the vault.
	Instance string `json:"instance,omitempty"`
	// Point is the ID of the recovery point that the job made or used.
	Point string   `json:"point,omitempty"`
	State JobState `json:"state"`
	// Phase is what a running job waits for; absent if it does not wait.
	Phase string `json:"phase,omitempty"`
	// Step is the step of a running job.
	Step string `json:"step,omitempty"`
	// Progress is what the step tells of itself, for people.
	Progress string `json:"progress,omitempty"`
	// Attempt counts the attempts of the step from 1.
	Attempt int32 `json:"attempt,omitempty"`
	// LastError is why the attempt before failed.
	LastError string `json:"lastError,omitempty"`
	// Code is one of the codes in docs/FAILURES.md; absent without a failure.
	Code string `json:"code,omitempty"`
	// Message says why the job failed or the backup was missed.
	Message string `json:"message,omitempty"`
	// Scheduled is the time for which a schedule starts the job.
	Scheduled time.Time `json:"scheduled,omitzero"`
	// Reason is why a backup was missed.
	Reason MissedReason `json:"reason,omitempty"`
	// Started is absent for a missed backup.
	Started time.Time `json:"started,omitzero"`
	// Ended is absent for a running job.
	Ended   time.Time `json:"ended,omitzero"`
	Trigger Trigger   `json:"trigger,omitempty"`
	// Leftovers are databases that the job left on servers.
	Leftovers []Leftover `json:"leftovers"`
	// Identity is the unverified identity of the client that started the job.
	Identity string `json:"identity,omitempty"`
	// Work is what the job did, as its record has it; absent for a job without a
	// record.
	Work *Work `json:"work,omitempty"`
}

// MissedReason is why a backup was missed.
type MissedReason string

// The reasons.
const (
	// Overlap means that the schedule's job before still ran, or waited for a worker.
	Overlap MissedReason = "overlap"
	// Away means that Temporal came back after the catch-up window.
	Away MissedReason = "away"
	// Paused means that the schedule was paused.
	Paused MissedReason = "paused"
)

// Leftover is a database, or schemas of one, that a job left on a server.
type Leftover struct {
	// Server is the host and port.
	Server   string `json:"server"`
	Database string `json:"database"`
	// Schemas is what the names of the schemas in the database begin with; absent if
	// the database itself was left.
	Schemas string `json:"schemas,omitempty"`
	Reason  string `json:"reason"`
}

// Work is what a job did.
type Work struct {
	// Worker is the worker that did it.
	Worker *Worker `json:"worker,omitempty"`
	// SignIn is the sign-in to the server.
	SignIn *SignIn `json:"signIn,omitempty"`
	// Source is the database that a backup dumped.
	Source *Place `json:"source,omitempty"`
	// Target is what a restore wrote to.
	Target *Place `json:"target,omitempty"`
	// Rows counts the rows that were dumped or loaded; absent if an earlier attempt did
	// it.
	Rows *int64 `json:"rows,omitempty"`
	// DumpBytes is the length of the dump that was stored or read.
	DumpBytes int64 `json:"dumpBytes"`
	// Verdict is that of a comparison with the dump; absent without one.
	Verdict Verdict `json:"verdict,omitempty"`
	// Ignored counts the errors that lose nothing.
	Ignored int `json:"ignored"`
	// IgnoredErrors are the first of them.
	IgnoredErrors []string `json:"ignoredErrors"`
}

// Worker is a worker process.
type Worker struct {
	// ObjectID is the worker's object in Microsoft Entra; absent if it is unknown.
	ObjectID string `json:"objectID,omitempty"`
	Host     string `json:"host"`
	// Version is the version of pgvault.
	Version string `json:"version"`
}

// SignIn is a sign-in to a server.
type SignIn struct {
	Kind SignInKind `json:"kind"`
	// URL is that of a Key Vault secret.
	URL string `json:"url,omitempty"`
	// Version is that of the secret.
	Version string `json:"version,omitempty"`
	// User is the database user.
	User string `json:"user,omitempty"`
}

// SignInKind is the kind of a sign-in.
type SignInKind string

// The kinds of sign-ins.
const (
	KeyVault SignInKind = "key-vault"
	Entra    SignInKind = "entra"
)

// Place is a database or a container.
type Place struct {
	// Server is the host and port.
	Server   string `json:"server,omitempty"`
	Database string `json:"database,omitempty"`
	// Tables and schemas are the chosen ones. It was everything if both are empty.
	Tables  []string `json:"tables"`
	Schemas []string `json:"schemas"`
	// Content is absent if it was both definitions and rows.
	Content Content `json:"content,omitempty"`
	// Into is the new name of the tables; absent unless they came into a database that
	// existed.
	Into *Into `json:"into,omitempty"`
	// Container is the URL of a container.
	Container string `json:"container,omitempty"`
	// Prefix is what the names of the files in it begin with.
	Prefix string `json:"prefix,omitempty"`
}

// Content is a part of a database.
type Content string

// The parts.
const (
	ContentSchema Content = "schema"
	ContentData   Content = "data"
)

// WorkOf returns the document of what a job did; nil if it has no record of it.
func WorkOf(w jobs.Work) *Work {
	d := Work{
		Worker: unlessZero(w.Worker, func(w jobs.Worker) Worker { return Worker{w.ObjectID, w.Host, w.Version} }),
		SignIn: unlessZero(w.SignIn, func(s jobs.SignIn) SignIn { return SignIn{SignInKind(s.Kind), s.URL, s.Version, s.User} }),
		Source: place(w.Source), Target: place(w.Target), Rows: w.Rows, DumpBytes: w.Bytes, Verdict: Verdict(w.Verdict),
		Ignored: w.Ignored, IgnoredErrors: w.IgnoredErrors,
	}
	if d.Worker == nil && d.SignIn == nil && d.Source == nil && d.Target == nil && d.Rows == nil && d.DumpBytes == 0 {
		return nil
	}
	return &d
}

func unlessZero[T comparable, D any](value T, of func(T) D) *D {
	var zero T
	if value == zero {
		return nil
	}
	return maybe(&value, of)
}

func place(p jobs.Place) *Place {
	if p.Server == "" && p.Database == "" && p.Container == "" {
		return nil
	}
	return &Place{p.Server, p.Database, p.Tables, p.Schemas, Content(p.Content), maybe(p.Into, func(i jobs.Into) Into { return Into(i) }), p.Container, p.Prefix}
}

// Into is how tables came into a database that existed.
type Into struct {
	// As is the new name of the table with its schema.
	As string `json:"as,omitempty"`
	// Schema is the new schema of the tables.
	Schema string `json:"schema,omitempty"`
	// AllowPublications and AllowEventTriggers report what a person allowed.
	AllowPublications  bool `json:"allowPublications"`
	AllowEventTriggers bool `json:"allowEventTriggers"`
}

// LeftoversOf returns the documents of databases that a job left.
func LeftoversOf(all []jobs.Leftover) []Leftover {
	return each(all, func(l jobs.Leftover) Leftover { return Leftover{l.Server, l.Database, l.Schemas, l.Reason} })
}
