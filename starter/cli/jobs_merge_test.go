package cli_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli"
)

func TestMergeJobs(t *testing.T) {
	t.Parallel()
	at := func(hour int) time.Time { return time.Date(2026, 11, 24, hour, 0, 0, 0, time.UTC) }
	listed := []temporalx.Job{
		{ID: "running", Status: "running", Started: at(5)},
		{ID: "long", RunID: "3", Status: "completed", Started: at(10), Ended: at(11)},
		{ID: "long", RunID: "2", Status: "continued", Started: at(9), Ended: at(10)},
		{ID: "long", RunID: "1", Status: "continued", Started: at(8), Ended: at(9)},
		{ID: "failed", Status: "failed", ErrorCode: "UserErrorDBNotFound", Started: at(4), Ended: at(4), Schedule: "backup/a"},
		{ID: "mended", Status: "failed", ErrorCode: "UserErrorDBNotFound", Started: at(3), Ended: at(3)},
	}
	records := []jobs.Record{
		{ID: "forgotten", Outcome: "completed", Started: at(1), Ended: at(2), Trigger: "schedule"},
		{ID: "mended", Outcome: "completed", Point: "p", Started: at(3), Ended: at(4)},
		{ID: "failed", Outcome: "failed", Code: "UserErrorDBNotFound", Message: "no database", Started: at(4), Ended: at(4)},
		{ID: "long", RunID: "1", Outcome: "completed", Started: at(8), Ended: at(11)},
		{ID: "running", Outcome: "failed", Code: "UserErrorDBNotFound", Started: at(5), Ended: at(6)},
	}
	require.Equal(t, []cli.JobRow{
		{ID: "long", RunID: "3", Status: "completed", Started: at(8), Ended: at(11), Trigger: "on-demand"},
		{ID: "running", Status: "running", Started: at(5), Trigger: "on-demand"},
		{ID: "failed", Status: "failed", Code: "UserErrorDBNotFound", Message: "no database", Started: at(4), Ended: at(4), Trigger: "schedule"},
		{ID: "mended", Status: "completed", Point: "p", Started: at(3), Ended: at(4), Trigger: "on-demand"},
		{ID: "forgotten", Status: "completed", Started: at(1), Ended: at(2), Trigger: "schedule"},
	}, cli.MergeJobs(listed, records))
}

// Each record belongs to one run of jobs that share an ID.
func TestMergeJobsOfOneID(t *testing.T) {
	t.Parallel()
	at := func(minute int) time.Time { return time.Date(2026, 11, 24, 2, minute, 0, 0, time.UTC) }
	const id = "backup/a/20261124T020000Z"
	listed := []temporalx.Job{
		{ID: id, RunID: "sweep-2", Status: "completed", Started: at(50), Ended: at(51)},
		{ID: id, RunID: "sweep-1", Status: "continued", Started: at(40), Ended: at(50)},
		{ID: id, RunID: "again", Status: "completed", Started: at(30), Ended: at(31)},
		{ID: id, RunID: "second", Status: "failed", ErrorCode: "UserErrorDBNotFound", Started: at(20), Ended: at(21)},
		{ID: id, RunID: "first", Status: "failed", ErrorCode: "UserErrorInvalidSecret", Started: at(10), Ended: at(11)},
	}
	records := []jobs.Record{
		{ID: id, RunID: "sweep-1", Outcome: "completed", Message: "of the sweep", Started: at(40), Ended: at(51)},
		{ID: id, RunID: "again", Outcome: "completed", Started: at(30), Ended: at(31)},
		{ID: id, RunID: "second", Outcome: "completed", Point: "p", Started: at(20), Ended: at(25)},
		{ID: id, RunID: "second", Outcome: "failed", Code: "UserErrorDBNotFound", Message: "no database", Started: at(20), Ended: at(21)},
		{ID: id, RunID: "first", Outcome: "failed", Code: "UserErrorInvalidSecret", Message: "no secret", Started: at(10), Ended: at(11)},
		{ID: id, RunID: "forgotten", Outcome: "failed", Code: "TransferStalled", Message: "no byte", Started: at(5), Ended: at(6), Trigger: "on-demand"},
	}
	require.Equal(t, []cli.JobRow{
		{ID: id, RunID: "sweep-2", Status: "completed", Message: "of the sweep", Started: at(40), Ended: at(51), Trigger: "on-demand"},
		{ID: id, RunID: "again", Status: "completed", Started: at(30), Ended: at(31), Trigger: "on-demand"},
		{ID: id, RunID: "second", Status: "completed", Point: "p", Started: at(20), Ended: at(25), Trigger: "on-demand"},
		{ID: id, RunID: "first", Status: "failed", Code: "UserErrorInvalidSecret", Message: "no secret", Started: at(10), Ended: at(11), Trigger: "on-demand"},
		{ID: id, RunID: "forgotten", Status: "failed", Code: "TransferStalled", Message: "no byte", Started: at(5), Ended: at(6), Trigger: "on-demand"},
	}, cli.MergeJobs(listed, records))
}
