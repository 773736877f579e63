package survey

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/vault"
)

// Server answers what only the Temporal server knows.
type Server interface {
	// Schedules returns the schedules by ID. It does not return nil without an error.
	Schedules(ctx context.Context) (map[string]estate.Schedule, error)
	// Running returns the running backups by instance.
	Running(ctx context.Context) (map[string]estate.Running, error)
	// Workers returns the roles without a worker, and the workers by the SHA-256 of
	// their trust file.
	Workers(ctx context.Context) (idle []string, trust map[string][]string, err error)
	// Undelivered counts the notifications that were given up since a time.
	Undelivered(ctx context.Context, since time.Time) (int, error)
}

// instancesAtOnce is the number of instances whose points are listed concurrently.
const instancesAtOnce = 8

// Estate reads and computes the estate.
func Estate(ctx context.Context, v *vault.Vault, s Server) (estate.Estate, error) {
	in, err := Read(ctx, v, s)
	if err != nil {
		return estate.Estate{}, err
	}
	return estate.Compute(in)
}

// Read reads the input of an estate. The vault's trust file says which protections
// the storage account must have. An instance whose definition cannot be read is an
// error, since the estate would miss it.
func Read(ctx context.Context, v *vault.Vault, s Server) (estate.Input, error) {
	in := estate.Input{Container: v.URL()}
	var err error
	if in.Now, err = v.StorageTime(ctx); err != nil {
		return in, err
	}
	settings, err := v.GetSettings(ctx)
	if err != nil {
		return in, err
	}
	in.Sweep = settings.Sweep.Schedule
	proofs, err := readProofs(ctx, v)
	if err != nil {
		return in, err
	}
	r := reader{vault: v, proofs: proofs, scrub: scrubRules(settings.Scrub, in.Now)}
	if r.id, err = v.ID(ctx); err != nil {
		return in, err
	}
	if in.Instances, err = r.instances(ctx); err != nil {
		return in, err
	}
	if in.Records, err = v.ListJobs(ctx, in.Now.AddDate(0, 0, -estate.Days), in.Now); err != nil {
		return in, err
	}
	if err := readSafety(ctx, v, &in); err != nil {
		return in, err
	}
	ask(ctx, s, &in)
	return in, ctx.Err()
}

// reader reads the instances of a vault.
type reader struct {
	vault *vault.Vault
	// id is the vault's ID.
	id string
	// proofs are the records of drills by instance.
	proofs map[string]estate.Proofs
	// scrub is nil without scrubs.
	scrub *scrub.Rules
}

func (r reader) instances(ctx context.Context) ([]estate.Listed, error) {
	states, err := r.vault.ListInstanceStates(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]estate.Listed, len(states))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(instancesAtOnce)
	for n, state := range states {
		group.Go(func() (err error) {
			all[n], err = r.instance(ctx, state)
			return err
		})
	}
	return all, group.Wait()
}

func (r reader) instance(ctx context.Context, state vault.InstanceState) (estate.Listed, error) {
	listed := estate.Listed{Protection: state.Protection, Proofs: r.proofs[state.Name]}
	if r.scrub != nil {
		listed.Scrub = &scrub.Coverage{}
	}
	listed.Since, listed.Changed = state.Since()
	var err error
	if listed.Instance, err = r.vault.GetInstance(ctx, state.Name); err != nil {
		return listed, err
	}
	if err := r.checkNewest(ctx, &listed.Proofs); err != nil {
		return listed, err
	}
	for point, err := range r.vault.EachPoint(ctx, state.Name) {
		if err != nil {
			return listed, err
		}
		if point.Committed {
			listed.Points = append(listed.Points, estate.PointOf(point))
		}
		if one, ok := point.ToScrub(); ok && r.scrub != nil {
			listed.Scrub.Add(*r.scrub, one)
		}
	}
	return listed, nil
}

func readSafety(ctx context.Context, v *vault.Vault, in *estate.Input) error {
	state, shortfall, err := v.StorageSafety(ctx)
	in.Safety = estate.Safety{Versions: state.Versions, SoftDeleteDays: state.SoftDeleteDays, SoftDeleteUnseen: state.SoftDeleteUnseen}
	var lacks *failure.Error
	if errors.As(shortfall, &lacks) {
		in.Safety.Shortfall, in.Safety.Remedy = lacks.Summary(), lacks.Action
	}
	return err
}

// ask fills in the answers of the Temporal server.
func ask(ctx context.Context, s Server, in *estate.Input) {
	unseen := func(err error) {
		if err != nil {
			in.Unseen = append(in.Unseen, err.Error())
		}
	}
	var err error
	if in.Schedules, err = s.Schedules(ctx); err != nil {
		// The other answers would take as long to fail.
		in.Schedules = nil
		unseen(err)
		return
	}
	in.Running, err = s.Running(ctx)
	unseen(err)
	in.Idle, in.Trust, err = s.Workers(ctx)
	unseen(err)
	in.Undelivered, err = s.Undelivered(ctx, in.Now.AddDate(0, 0, -7))
	unseen(err)
}
