package workflows

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// dropUnpublished drops the partial database after an error, unless the job
// keeps partial results or has created no database. A database that is left
// behind is named in the job's record and in the returned error.
func dropUnpublished(ctx workflow.Context, j *job, work activities.RestoreWork, err error) error {
	if work.Target.RowsOnly() {
		return err
	}
	if work.Target.KeepFailed {
		j.leave(work, "the job was told to keep it")
		return err
	}
	var activity *activities.Restore
	ctx = cleanupActivity(ctx, "Drop the half-restored database "+j.unpublished)
	left := workflow.ExecuteActivity(ctx, activity.DropTarget, work).Get(ctx, nil)
	if left == nil {
		return err
	}
	tell(ctx, events.DatabaseLeft, left, "database", j.unpublished)
	why := temporalx.Failure(left)
	j.leave(work, why.Error())
	return named(err, fmt.Sprintf("The half-restored database %q is left on server %s: %s", j.unpublished, serverOf(work), why.Summary()), why.Action)
}

// keepUnpublished keeps a loaded database that could not be published: a rerun
// publishes it without loading again. It drops the database if the job was
// cancelled, and reports nothing if the database no longer exists.
func keepUnpublished(ctx workflow.Context, j *job, work activities.RestoreWork, err error) error {
	if code := temporalx.Failure(err).Code; code == failure.Cancelled || code == failure.RestoreStatement {
		return dropUnpublished(ctx, j, work, err)
	}
	j.leave(work, "it is loaded and has not been given its name")
	return named(err, fmt.Sprintf("The database is loaded, and stands as %q on server %s", j.unpublished, serverOf(work)),
		fmt.Sprintf("`pgvault rerun %s` gives it its name without loading it again; to give it up: DROP DATABASE \"%s\" WITH (FORCE);", j.ref.ID, j.unpublished))
}

// leave records a database that the job leaves behind.
func (j *job) leave(work activities.RestoreWork, reason string) {
	j.leftovers = append(j.leftovers, jobs.Leftover{Server: serverOf(work), Database: j.unpublished, Reason: reason})
}

// serverOf returns the host and port of the server that a restore or drill uses.
func serverOf(work activities.RestoreWork) string {
	if work.Drill != nil {
		return work.Drill.Server.Address()
	}
	server := work.Target.Server.WithDefaults()
	return fmt.Sprintf("%s:%d", server.Host, server.Port)
}

// named adds the database left behind to an error. The error of a cancelled job
// is not changed.
func named(err error, left, action string) error {
	f := temporalx.Failure(err)
	if temporal.IsCanceledError(err) || f.Code == failure.Cancelled {
		return err
	}
	if f.Action != "" && action != "" {
		action = f.Action + "\n" + action
	}
	return temporalx.AsTemporal(&failure.Error{Code: f.Code, Message: f.Summary() + ".\n" + left, Action: action, Findings: f.Findings})
}
