package activities

import (
	"context"
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
)

// IntoWork is a request for a step of a restore into an existing database, after
// its rows are loaded.
type IntoWork struct {
	Work RestoreWork `json:"work"`
	// OID identifies the attempt that has loaded the rows.
	OID uint32 `json:"oid"`
}

func (in IntoWork) check(ctx context.Context) error {
	if in.Work.Target.Into == nil {
		return failure.New(failure.InvalidInput, "give target.into", "the job's input: the target is no existing database")
	}
	return in.Work.check(ctx)
}

// MovedTables are tables that are in their place.
type MovedTables struct {
	// Tables are their names, as SQL.
	Tables []string `json:"tables,omitempty"`
	Notes  []string `json:"notes,omitempty"`
}

// CheckedKeys is the result of checking foreign keys.
type CheckedKeys struct {
	// Notes has one for each key that does not hold.
	Notes []string `json:"notes,omitempty"`
}

// RescueSchemas returns the prefix of the names of the schemas in which a job makes
// the tables of an existing database. unpublished is the name of the job's database.
func RescueSchemas(unpublished string) string { return restore.RescueSchemas(unpublished) }

// into returns the engine's request for an existing database; nil for a database
// of the job's own. The input check has parsed the name before.
func into(i *jobs.Into) (*restore.Into, error) {
	if i == nil {
		return nil, nil
	}
	request := &restore.Into{Schema: i.Schema, AllowPublications: i.AllowPublications, AllowEventTriggers: i.AllowEventTriggers}
	if i.As == "" {
		return request, nil
	}
	schema, name, err := jobs.ParseTableName(i.As)
	request.As = restore.TableName{Schema: schema, Name: name}
	return request, err
}

// loadInto makes the tables in schemas of the job's own. If no attempt will join
// the work, it drops them: the job's own clean-up may have run before.
func (r *Restore) loadInto(ctx context.Context, job restore.Job, dump restore.Dump, meter *progress.Meter) (restore.Loaded, error) {
	loaded, err := r.restorer(ctx).LoadInto(ctx, job, dump, meter)
	if errors.Is(context.Cause(ctx), errForsaken) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), discardLimit)
		defer cancel()
		return loaded, r.restorer(ctx).DropInto(ctx, job)
	}
	return loaded, err
}

// MoveTables moves the loaded tables to their place, all or none. It recognizes
// tables that an earlier attempt has moved.
func (r *Restore) MoveTables(ctx context.Context, in IntoWork) (MovedTables, error) {
	ctx, stop := beatPhase(ctx, "moving the tables into place")
	defer stop()
	job, m, err := r.job(ctx, in.Work)
	if err != nil {
		return MovedTables{}, endCause(ctx, err)
	}
	moved, err := r.restorer(ctx).MoveInto(ctx, job, r.dump(m, in.Work.Point.From), in.OID)
	if err != nil {
		return MovedTables{}, endCause(ctx, job.DiskFull(err))
	}
	result := MovedTables{Notes: moved.Notes}
	for _, name := range moved.Tables {
		result.Tables = append(result.Tables, name.String())
	}
	return result, nil
}

// CheckKeys validates the foreign keys of tables that are in their place.
func (r *Restore) CheckKeys(ctx context.Context, in IntoWork) (CheckedKeys, error) {
	ctx, stop := beatPhase(ctx, "checking foreign keys")
	defer stop()
	job, m, err := r.job(ctx, in.Work)
	if err != nil {
		return CheckedKeys{}, endCause(ctx, err)
	}
	notes, err := r.restorer(ctx).ValidateInto(ctx, job, r.dump(m, in.Work.Point.From))
	return CheckedKeys{Notes: notes}, endCause(ctx, job.DiskFull(err))
}
