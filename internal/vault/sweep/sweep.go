package sweep

import (
	"context"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure/clock"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/vault"
)

// atOnce is the number of points that are removed concurrently, across
// instances.
const atOnce = 16

// Sweeper holds what a sweep needs from the worker.
type Sweeper struct {
	Vault     vault.Pruner
	Container *blobstore.Container
	Now       func() time.Time
	// Job is the sweep's workflow ID, for tombstones.
	Job string
	// PageSize bounds a listing page; 0 leaves it to the storage.
	PageSize int32
	// AllowMass names the instances of which any number of points may go at once.
	AllowMass []string
}

// Cursor is the position of a sweep, small enough to be kept as JSON. Its zero
// value is the beginning.
type Cursor struct {
	Walk vault.Cursor `json:"walk"`
	// Instance is the instance that the sweep has reached, and Last the ID of the
	// last point of it that was planned.
	Instance   string                `json:"instance,omitempty"`
	Last       string                `json:"last,omitempty"`
	Protection vault.ProtectionState `json:"protection,omitempty"`
	Count      Count                 `json:"count"`
}

// Plan decides on the points of the given number of listing pages and removes
// nothing.
func (s Sweeper) Plan(ctx context.Context, from Cursor, pages int, tally *Tally) (Report, Cursor, error) {
	report, next, err := s.run(ctx, from, pages, tally, func(instance.SoftDelete) act {
		return func(_ context.Context, d retention.Decision, _ string) (retention.Decision, error) { return d, nil }
	})
	report.DryRun = true
	return report, next, err
}

// Sweep decides on the points of the given number of listing pages and carries
// out the decisions. It may be stopped at any moment and resumed from the same
// cursor.
func (s Sweeper) Sweep(ctx context.Context, from Cursor, pages int, tally *Tally) (Report, Cursor, error) {
	return s.run(ctx, from, pages, tally, s.remover)
}

// act carries out the decision on one point and returns the decision as carried
// out.
type act func(ctx context.Context, d retention.Decision, instance string) (retention.Decision, error)

func (s Sweeper) run(ctx context.Context, from Cursor, pages int, tally *Tally, remover func(instance.SoftDelete) act) (Report, Cursor, error) {
	r := run{sweeper: s, cursor: from, tally: tally, report: Report{At: s.Now().UTC()}}
	settings, err := s.Vault.GetSettings(ctx)
	if err != nil {
		return r.report, from, err
	}
	if err := s.checkClock(ctx); err != nil {
		return r.report, from, err
	}
	if err := s.Vault.CheckStorage(ctx); err != nil {
		return r.report, from, err
	}
	if r.cursor, err = s.refresh(ctx, from); err != nil {
		return r.report, from, err
	}
	r.settings, r.remove = settings, remover(settings.SoftDelete)
	if r.report.Drilled, err = s.Vault.HasDrills(ctx); err != nil {
		return r.report, from, err
	}
	if err := r.resume(ctx); err != nil {
		return r.report, from, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	r.group = group
	next, err := s.Vault.Walk(ctx, r.cursor.Walk, pages, s.PageSize, func(e vault.Entry) error { return r.take(ctx, e) })
	switch {
	case err != nil:
	case next.Done:
		err = r.endInstance(ctx)
	default:
		r.mass.partial = true
		err = r.release(ctx)
	}
	if removed := group.Wait(); removed != nil {
		return r.report, from, removed
	}
	if err != nil {
		return r.report, from, err
	}
	r.cursor.Walk = next
	r.report.sort()
	r.cursor.Count.Add(r.report.Count)
	return r.report, r.cursor, nil
}

// refresh reads the protection of the cursor's instances again, since an
// earlier stretch may have read it hours ago.
func (s Sweeper) refresh(ctx context.Context, c Cursor) (Cursor, error) {
	c.Walk.Within = slices.Clone(c.Walk.Within)
	for i, folder := range c.Walk.Within {
		p, err := s.Vault.GetProtection(ctx, folder.Instance)
		if err != nil {
			return c, err
		}
		c.Walk.Within[i].Protection = p.State
		if folder.Instance == c.Instance {
			c.Protection = p.State
		}
	}
	return c, nil
}

func (s Sweeper) checkClock(ctx context.Context) error {
	storage, err := s.Container.ServerTime(ctx)
	if err != nil {
		return err
	}
	if off := clock.Against("the storage", s.Now(), storage); off != nil {
		off.Message += "; nothing has been removed"
		return off
	}
	return nil
}

// run is one walk over some pages.
type run struct {
	sweeper  Sweeper
	settings instance.VaultSettings
	cursor   Cursor
	tally    *Tally
	remove   act
	planned  retention.State
	mass     mass
	// proofs are the records of drills of the cursor's instance by the ID of their
	// point.
	proofs map[string]vault.ProofSummary
	group  *errgroup.Group
	mu     sync.Mutex
	report Report
}

// note changes the report, which concurrent removals share.
func (r *run) note(write func(*Report)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	write(&r.report)
}

// take adds the next point of the walk to the plan.
func (r *run) take(ctx context.Context, e vault.Entry) error {
	if e.Point.Instance != r.cursor.Instance {
		if err := r.endInstance(ctx); err != nil {
			return err
		}
		r.cursor.Instance, r.cursor.Last, r.cursor.Protection = e.Point.Instance, "", e.Protection
		if err := r.readProofs(ctx); err != nil {
			return err
		}
		r.note(func(report *Report) { report.Instances++ })
		r.tally.instances.Add(1)
	}
	if e.Point.ID <= r.cursor.Last {
		return nil // only a forged cursor comes by it again
	}
	r.cursor.Last = e.Point.ID
	point, err := r.point(ctx, e.Point)
	if err != nil {
		return err
	}
	if r.sweeper.Vault.LacksLock(e.Point, r.settings.Immutability, r.report.At) {
		r.note(func(report *Report) {
			report.LackLock++
			report.Lacking = append(report.Lacking, e.Point.Instance+" "+e.Point.ID)
		})
	}
	if point.Restorable() {
		r.mass.points++
	}
	planner := r.planner()
	decided := planner.Add(point)
	r.planned = planner.State
	r.carryOut(ctx, decided, blobNames(e.Point))
	return ctx.Err()
}

func (r *run) endInstance(ctx context.Context) error {
	planner := r.planner()
	r.carryOut(ctx, planner.End(), nil)
	err := r.release(ctx)
	r.planned, r.mass, r.cursor.Instance = retention.State{}, mass{}, ""
	return err
}

func (r *run) planner() retention.Planner {
	return retention.Planner{State: r.planned, Rules: Rules(r.settings, r.cursor.Protection, r.report.At)}
}

// carryOut carries out decisions concurrently and reports them. Deletions of points
// wait until their number is known.
func (r *run) carryOut(ctx context.Context, decisions []retention.Decision, blobs []string) {
	for _, d := range decisions {
		if d.Remove && d.Point.Stands() {
			r.mass.doom(d)
			continue
		}
		r.do(ctx, d, blobs)
	}
}

func (r *run) do(ctx context.Context, d retention.Decision, blobs []string) {
	instance := r.cursor.Instance
	r.tally.points.Add(1)
	if !d.Remove && !d.Archive && !d.DropCopies && !d.Point.Removing {
		r.note(func(report *Report) { report.add(decision(instance, d, blobs)) })
		return
	}
	r.group.Go(func() error {
		done, err := r.remove(ctx, d, instance)
		if err != nil {
			return err
		}
		if done.Remove {
			r.tally.removed.Add(1)
		}
		if done.Archive {
			r.tally.archived.Add(1)
		}
		r.note(func(report *Report) { report.add(decision(instance, done, blobs)) })
		return nil
	})
}
