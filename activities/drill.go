package activities

import (
	"context"
	"reflect"
	"slices"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// DrillPlan is how an instance is drilled. It is decided once, so that a change
// of the definition does not affect a running job.
type DrillPlan struct {
	Drill instance.Drill `json:"drill"`
	// VaultID is a part of the name of the drill's database.
	VaultID string `json:"vaultID"`
}

// DrillPointInput selects a point: one of [instance.AllDrillPoints], or an ID.
type DrillPointInput struct {
	Instance string `json:"instance"`
	Point    string `json:"point"`
}

func (in DrillPointInput) check(context.Context) error {
	return jobs.DrillInput{Instance: in.Instance, Point: in.Point}.Check()
}

// PlanDrill returns how the instance is drilled. It only reads.
func (r *Restore) PlanDrill(ctx context.Context, in InstanceRef) (DrillPlan, error) {
	ctx, stop := beatPhase(ctx, "reading the instance")
	defer stop()
	found, err := r.Vault.GetInstance(ctx, in.Instance)
	if err != nil {
		return DrillPlan{}, endCause(ctx, err)
	}
	if found.Drill == nil {
		return DrillPlan{}, failure.New(failure.InvalidConfiguration,
			"add drill: with a scratch server to the instance or its policy in pgvault.yaml, and: pgvault apply -f pgvault.yaml",
			"instance %q has no scratch server for drills", in.Instance)
	}
	id, err := r.Vault.ID(ctx)
	return DrillPlan{Drill: *found.Drill, VaultID: id}, endCause(ctx, err)
}

// FindDrillPoint chooses a point and returns it with facts of its manifest. It only
// reads. Another attempt may choose another point.
func (r *Restore) FindDrillPoint(ctx context.Context, in DrillPointInput) (PointRef, error) {
	ctx, stop := beatPhase(ctx, "looking for the point")
	defer stop()
	point, err := r.findDrillPoint(ctx, in)
	if err != nil {
		return PointRef{}, endCause(ctx, err)
	}
	ref, err := r.refOf(ctx, point)
	return ref, endCause(ctx, err)
}

func (r *Restore) findDrillPoint(ctx context.Context, in DrillPointInput) (vault.Point, error) {
	choice := instance.DrillPoints(in.Point)
	if !choice.Known() {
		return r.Vault.GetPoint(ctx, in.Instance, in.Point)
	}
	points, err := r.Vault.ListPoints(ctx, in.Instance)
	if err != nil {
		return vault.Point{}, err
	}
	readable := slices.DeleteFunc(points, func(p vault.Point) bool { return !p.Restorable() || p.Removing || p.Archived() })
	if len(readable) == 0 {
		return vault.Point{}, failure.New(failure.RecoveryPointNotFound, "`pgvault points "+in.Instance+"` lists its points; pgvault backup "+in.Instance+" makes one",
			"instance %q has no recovery point that a drill can restore at once", in.Instance)
	}
	return readable[r.choose(choice, len(readable))], nil
}

// choose returns the index of a choice among n points, oldest first.
func (r *Restore) choose(choice instance.DrillPoints, n int) int {
	switch choice {
	case instance.DrillOldest:
		return 0
	case instance.DrillRandom:
		return r.Random(n)
	}
	return n - 1
}

// ofDrill returns an error unless the target is that of a drill. Its steps have the
// input of a restore's, which may have another target.
func (work RestoreWork) ofDrill() error {
	if work.Drill == nil {
		return foreign("it is a step of a drill, and names no scratch server")
	}
	return nil
}

// checkDrill returns an error unless the activity's own workflow is that of a
// drill on the server: at most one runs at a time. The trust file decides whether
// the server is one for drills.
func (work RestoreWork) checkDrill(ctx context.Context) error {
	if !reflect.ValueOf(work.Target).IsZero() {
		return failure.New(failure.InvalidInput, "start the drill by `pgvault drill`", "a drill has no other target than its scratch server")
	}
	if err := work.Drill.Validate(); err != nil {
		return failure.New(failure.InvalidInput, "correct pgvault.yaml and: pgvault apply -f pgvault.yaml", "the drill's definition: %v", err)
	}
	if own := activity.GetInfo(ctx).WorkflowExecution.ID; own != jobs.DrillRunID(work.Drill.Server.Address()) {
		return foreign("it names a drill on server %s, and its own workflow is %q", work.Drill.Server.Address(), own)
	}
	return nil
}

// drillJob returns the restore of a drill. It is the restore of everything that the
// point has, under a name that is never another database's.
func (r *Restore) drillJob(ctx context.Context, d instance.Drill, m manifest.Manifest) (restore.Job, error) {
	name, err := r.drillDatabase(ctx, m.Instance, m.PointID)
	facts := databaseFacts(m.Database)
	// A limit would count the connections that compare the tables.
	facts.ConnectionLimit = -1
	return restore.Job{
		Account:     signin.Account{Server: d.Server, Database: name, SignIn: d.SignIn, Drill: true},
		Unpublished: name, Facts: facts, SourceMajor: m.Server.Major, ToolMajor: m.Tool.Major,
		Owners: true, Grants: true, Roles: true, Connections: d.Connections,
	}, err
}

// drillDatabase returns the name of the database of the activity's own drill of a
// point.
func (r *Restore) drillDatabase(ctx context.Context, instance, point string) (string, error) {
	start, err := ownStart(ctx)
	if err != nil {
		return "", err
	}
	id, err := r.Vault.ID(ctx)
	return jobs.DrillDatabase(id, start.OriginalRun, instance, point), err
}
