package sweep

import (
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// Sweeper is what a sweep needs of the worker.
type Sweeper struct {
	Vault     *vault.Vault
	Container *blobstore.Container
	// JobRuns tells whether a workflow is running.
	JobRuns func(ctx context.Context, workflowID string) (bool, error)
	Now     func() time.Time
}

// Plan decides for every instance of the vault, and removes nothing.
func (s Sweeper) Plan(ctx context.Context, tally *Tally) (Report, error) {
	report, err := s.run(ctx, tally, func(_ context.Context, _ string, d retention.Decision) (retention.Decision, error) {
		return d, nil
	})
	report.DryRun = true
	return report, err
}

// Sweep decides for every instance of the vault, and removes what is to go.
func (s Sweeper) Sweep(ctx context.Context, tally *Tally) (Report, error) {
	return s.run(ctx, tally, s.remove)
}

// act carries out the removal of one point, and gives what came of it.
type act func(ctx context.Context, instance string, d retention.Decision) (retention.Decision, error)

func (s Sweeper) run(ctx context.Context, tally *Tally, remove act) (Report, error) {
	report := Report{At: s.Now().UTC()}
	settings, err := s.Vault.GetSettings(ctx)
	if err != nil {
		return report, err
	}
	if err := s.checkClock(ctx); err != nil {
		return report, err
	}
	instances, err := s.Vault.ListInstances(ctx)
	if err != nil {
		return report, err
	}
	for _, instance := range instances {
		if err := s.sweepInstance(ctx, instance, settings.Sweep.OrphanGrace.Std(), &report, tally, remove); err != nil {
			return report, err
		}
		report.Instances++
		tally.instances.Add(1)
	}
	return report, nil
}

func (s Sweeper) checkClock(ctx context.Context) error {
	storage, err := s.Container.ServerTime(ctx)
	if err != nil {
		return err
	}
	if now := s.Now(); !retention.ClocksAgree(now, storage) {
		return failure.New(failure.ClockSkew, "set the worker's clock; nothing has been removed",
			"the worker's clock says %s, and the storage's %s", now.UTC().Format(time.RFC3339), storage.UTC().Format(time.RFC3339))
	}
	return nil
}

func (s Sweeper) sweepInstance(ctx context.Context, instance string, grace time.Duration, report *Report, tally *Tally, remove act) error {
	listed, err := s.Vault.ListPoints(ctx, instance)
	if err != nil {
		return err
	}
	points := make([]retention.Point, 0, len(listed))
	for _, p := range listed {
		point, err := s.look(ctx, p)
		if err != nil {
			return err
		}
		points = append(points, point)
	}
	blobs := blobNames(listed)
	for _, d := range retention.Plan(points, s.Now(), grace) {
		tally.points.Add(1)
		if d.Remove {
			if d, err = remove(ctx, instance, d); err != nil {
				return err
			}
		}
		if d.Remove {
			tally.removed.Add(1)
		}
		report.add(decision(instance, d, blobs[d.Point.ID]))
	}
	return nil
}

// look asks which jobs run, for the few points where that matters.
func (s Sweeper) look(ctx context.Context, p vault.Point) (retention.Point, error) {
	point := retention.Point{ID: p.ID, Time: p.Time, Committed: p.Committed, Good: p.Good, Expires: p.Expires, LastChange: p.LastChange}
	for _, job := range p.Holds {
		runs, err := s.JobRuns(ctx, job)
		if err != nil {
			return point, err
		}
		if runs {
			point.HeldBy = append(point.HeldBy, job)
		}
	}
	if p.Committed {
		return point, nil
	}
	for _, work := range p.Works {
		runs, err := s.JobRuns(ctx, work)
		if err != nil {
			return point, err
		}
		point.JobRuns = point.JobRuns || runs
	}
	return point, nil
}

// remove deletes one point or orphan, unless a job has come to need it since
// the listing.
func (s Sweeper) remove(ctx context.Context, instance string, d retention.Decision) (retention.Decision, error) {
	remove := s.Vault.Remove
	if !d.Point.Committed {
		remove = s.Vault.RemoveOrphan
	}
	err := remove(ctx, instance, d.Point.ID, func(job string) (bool, error) { return s.JobRuns(ctx, job) })
	switch {
	case errors.Is(err, vault.ErrHeld):
		return retention.Decision{Point: d.Point, Reason: retention.Held, Why: "a job holds it"}, nil
	case errors.Is(err, vault.ErrWanted):
		return retention.Decision{Point: d.Point, Reason: retention.Running, Why: vault.ErrWanted.Error()}, nil
	}
	return d, err
}

func decision(instance string, d retention.Decision, blobs []string) Decision {
	listed := Decision{Instance: instance, Point: d.Point.ID, Remove: d.Remove, Reason: string(d.Reason) + ": " + d.Why}
	if !d.Point.Committed {
		listed.Blobs = blobs
	}
	return listed
}

func blobNames(points []vault.Point) map[string][]string {
	names := make(map[string][]string, len(points))
	for _, p := range points {
		for _, b := range p.Blobs {
			names[p.ID] = append(names[p.ID], b.Name)
		}
	}
	return names
}
