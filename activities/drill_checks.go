package activities

import (
	"context"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/checks"
)

// amcheckLimit bounds amcheck. Relations that it does not reach are not proven.
const amcheckLimit = 12 * time.Hour

// RunChecks runs the checks of the drill's file in the restored database.
func (r *Restore) RunChecks(ctx context.Context, in RestoreWork) (DrillFinding, error) {
	return r.find(ctx, in, proof.PhaseChecks, func(ctx context.Context, d drilled, m *progress.Meter) (f finding, note string, err error) {
		file, err := r.checksOf(*in.Drill)
		if err != nil {
			return f, "", err
		}
		f.Checks, err = r.checker().Run(ctx, d.job.Account, file, d.manifest.ScheduledTime, m)
		passed := 0
		for _, c := range f.Checks {
			if c.Outcome == proof.CheckPassed {
				passed++
			}
		}
		return f, fmt.Sprintf("%d of %d passed", passed, len(f.Checks)), err
	})
}

// AMCheck looks for corrupt indexes and tables in the restored database.
func (r *Restore) AMCheck(ctx context.Context, in RestoreWork) (DrillFinding, error) {
	return r.find(ctx, in, proof.PhaseAMCheck, func(ctx context.Context, d drilled, m *progress.Meter) (f finding, note string, err error) {
		f.AMCheck, err = r.checker().AMCheck(ctx, d.job.Account, checks.Bounds{Connections: d.job.Connections, Within: amcheckLimit}, m)
		note = fmt.Sprintf("%d indexes, %d tables, %d corrupt", f.AMCheck.Indexes, f.AMCheck.Tables, f.AMCheck.Corrupt)
		if why := f.AMCheck.Unavailable; why != "" {
			note = why
		}
		f.Compared.Omit(f.AMCheck.NotProven()...)
		return f, note, err
	})
}

func (r *Restore) checker() checks.Runner { return checks.Runner{Source: r.Source, Now: r.Now} }

// checksOf returns the checks of a drill, which may have none.
func (r *Restore) checksOf(d instance.Drill) (checks.File, error) {
	if d.Checks == "" {
		return checks.File{}, nil
	}
	text, err := r.ReadChecks(d.Checks)
	if err != nil {
		return checks.File{}, err
	}
	return checks.Parse(text, d.Checks)
}
