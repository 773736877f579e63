package workflows

import (
	"fmt"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// The steps of a restore of tables into an existing database, after they are
// loaded.
const (
	stepMove = "move into place"
	stepKeys = "check foreign keys"
)

// restoreInto restores tables into an existing database. They are loaded into
// schemas of the job's own, which are dropped at the end, whatever it is. One
// transaction moves the tables to their place.
func restoreInto(ctx workflow.Context, j *job, c *card, work activities.RestoreWork) (jobs.RestoreResult, error) {
	if err := j.checkTarget(ctx, c, work); err != nil {
		return jobs.RestoreResult{}, err
	}
	result, err := placeTables(ctx, j, c, work)
	left := dropOwn(ctx, j, work)
	if left == nil {
		return result, err
	}
	if err != nil {
		return jobs.RestoreResult{}, named(err, left.Summary(), left.Action)
	}
	result.Notes = append(result.Notes, left.Summary()+". "+left.Action)
	return result, nil
}

// placeTables loads the tables and moves them to their place.
func placeTables(ctx workflow.Context, j *job, c *card, work activities.RestoreWork) (jobs.RestoreResult, error) {
	restored, err := j.loadDatabase(ctx, c, work, "Restore tables into "+where(work.Target))
	if err != nil {
		return jobs.RestoreResult{}, err
	}
	j.work.Ignore(restored.Ignored)
	var activity *activities.Restore
	in := activities.IntoWork{Work: work, OID: restored.OID}
	moved, err := step(shortActivity(ctx, "Move the tables into place"), c, stepMove, activity.MoveTables, in,
		func(m activities.MovedTables) string { return fmt.Sprintf("%d tables", len(m.Tables)) })
	if err != nil {
		return jobs.RestoreResult{}, err
	}
	keys, err := checkKeys(ctx, c, in)
	if err != nil {
		return jobs.RestoreResult{}, err
	}
	result := jobs.RestoreResult{
		Instance: work.Point.Instance, Point: work.Point.Point, Database: work.Target.Database, Server: work.Target.Server.Host,
		Tables: moved.Tables, Ignored: restored.Ignored, Notes: slices.Concat(restored.Notes, moved.Notes, keys),
	}
	j.verified(&result, restored.Verified)
	return result, nil
}

// checkKeys validates the foreign keys of tables that are in their place. It
// returns a note for each that does not hold, or if they could not be checked. The
// tables stay, so that only a cancellation is an error.
func checkKeys(ctx workflow.Context, c *card, in activities.IntoWork) ([]string, error) {
	var activity *activities.Restore
	checked, err := step(transferActivity(ctx, "Check foreign keys"), c, stepKeys, activity.CheckKeys, in,
		func(k activities.CheckedKeys) string { return fmt.Sprintf("%d notes", len(k.Notes)) })
	if err == nil || temporal.IsCanceledError(err) || temporalx.Failure(err).Code == failure.Cancelled {
		return checked.Notes, err
	}
	return []string{"the foreign keys of the tables were not checked: " + temporalx.Failure(err).Error()}, nil
}

// dropOwn drops the job's schemas in an existing database, and the database of
// the definitions. What may be left is named in the job's record and returned;
// nil for nothing.
func dropOwn(ctx workflow.Context, j *job, work activities.RestoreWork) *failure.Error {
	var activity *activities.Restore
	ctx = cleanupActivity(ctx, "Drop the job's schemas in "+where(work.Target))
	err := workflow.ExecuteActivity(ctx, activity.DropTarget, work).Get(ctx, nil)
	if err == nil {
		return nil
	}
	why := temporalx.Failure(err)
	schemas := jobs.Leftover{Server: serverOf(work), Database: work.Target.Database, Schemas: activities.RescueSchemas(j.unpublished), Reason: why.Error()}
	definitions := jobs.Leftover{Server: schemas.Server, Database: j.unpublished, Reason: schemas.Reason}
	tell(ctx, events.SchemasLeft, err, "database", schemas.Database, "schemas", schemas.Schemas)
	j.leftovers = append(j.leftovers, schemas, definitions)
	action := fmt.Sprintf(`In database %q, for each schema that "\dn %s*" lists: DROP SCHEMA … CASCADE; and: DROP DATABASE IF EXISTS "%s" WITH (FORCE);`, schemas.Database, schemas.Schemas, j.unpublished)
	if why.Action != "" {
		action = why.Action + "\n" + action
	}
	return failure.New(why.Code, action, "%s and %s may be left: %s", schemas.Name(), definitions.Name(), why.Summary())
}
