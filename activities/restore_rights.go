package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/restore/rights"
)

// keptLacks bounds the rights in a result. Temporal limits its length, and a
// stranger's dump decides how many there are.
const keptLacks = 1000

// FindLacks returns what the restore's role lacks. It only reads.
func (r *Restore) FindLacks(ctx context.Context, work RestoreWork) (jobs.RestoreRights, error) {
	ctx, stop := beatPhase(ctx, "checking the role's rights")
	defer stop()
	job, m, err := r.job(ctx, work)
	if err != nil {
		return jobs.RestoreRights{}, endCause(ctx, err)
	}
	if work.Target.Verify {
		prints, err := r.fingerprints(m)
		if err != nil {
			return jobs.RestoreRights{}, endCause(ctx, err)
		}
		job.Fingerprints = &prints
	}
	report, _, err := r.restorer(ctx).Lacking(ctx, job, r.dump(m, work.Point.From))
	if err != nil {
		return jobs.RestoreRights{}, endCause(ctx, err)
	}
	return rightsOf(work.Point.Point, report), nil
}

func rightsOf(point string, report rights.Report) jobs.RestoreRights {
	found := jobs.RestoreRights{Point: point, Role: report.Role, Runner: report.Runner()}
	for _, l := range report.Lacks[:min(len(report.Lacks), keptLacks)] {
		found.Lacks = append(found.Lacks, jobs.RestoreLack{Text: l.Text, SQL: l.SQL, Instead: l.Instead})
	}
	found.More = len(report.Lacks) - len(found.Lacks)
	return found
}
