package activities

import (
	"context"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/vault"
)

func (in FindPointInput) check(context.Context) error {
	if in.Point == "" {
		return jobs.CheckInstance(in.Instance)
	}
	return jobs.CheckPoint(in.Instance, in.Point)
}

// checkRef returns an error if the blob of the dump does not belong to the
// point.
func (p PointRef) checkRef() error {
	if err := jobs.CheckPoint(p.Instance, p.Point); err != nil {
		return err
	}
	if p.From != (vault.Source{}) && !vault.IsSource(p.Instance, p.Point, p.From.Blob) {
		return foreign("it names blob %q, which is no dump of point %q of instance %q", p.From.Blob, p.Point, p.Instance)
	}
	return nil
}

func (in HoldInput) check(ctx context.Context) error {
	if err := in.Point.checkRef(); err != nil {
		return err
	}
	return checkOwnJob(ctx, in.Job)
}

func (in RehydrateInput) check(ctx context.Context) error {
	if err := in.Point.checkRef(); err != nil {
		return err
	}
	if err := in.How.WithDefaults().Check(); err != nil {
		return err
	}
	return checkOwnJob(ctx, in.Job)
}

func (work RestoreWork) check(ctx context.Context) error {
	if err := work.Point.checkRef(); err != nil {
		return err
	}
	if work.Drill != nil {
		return work.checkDrill(ctx)
	}
	if work.Target.Server == nil {
		return failure.New(failure.InvalidInput, "give target.server with target.database", "the job's input: target has no server")
	}
	return work.Target.Check()
}

func (in PublishInput) check(ctx context.Context) error { return in.Work.check(ctx) }

func (in ContainerRef) check(context.Context) error {
	return jobs.RestoreTarget{Container: in.Container}.Check()
}

func (in CopyInput) check(context.Context) error {
	if err := in.Point.checkRef(); err != nil {
		return err
	}
	return jobs.RestoreTarget{Container: in.Container, Prefix: in.Prefix}.Check()
}

func (in PointsToReadInput) check(context.Context) error {
	if in.Instance == "" {
		return nil
	}
	return jobs.CheckInstance(in.Instance)
}

func (in PlanScrubInput) check(context.Context) error {
	if in.Read < 0 || in.Limit < 1 {
		return failure.New(failure.InvalidInput, "start a scrub with: pgvault scrub", "a plan of %d points, after %d bytes", in.Limit, in.Read)
	}
	return nil
}

func (in VerifyPointInput) check(ctx context.Context) error {
	if err := jobs.CheckPoint(in.Instance, in.Point); err != nil {
		return err
	}
	return checkOwnJob(ctx, in.Job)
}
