package survey

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure"
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
	if in.Instances, err = readInstances(ctx, v); err != nil {
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

func readInstances(ctx context.Context, v *vault.Vault) ([]estate.Listed, error) {
	states, err := v.ListInstanceStates(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]estate.Listed, len(states))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(instancesAtOnce)
	for n, state := range states {
		group.Go(func() (err error) {
			all[n], err = readInstance(ctx, v, state)
			return err
		})
	}
	return all, group.Wait()
}

func readInstance(ctx context.Context, v *vault.Vault, state vault.InstanceState) (estate.Listed, error) {
	listed := estate.Listed{Protection: state.Protection}
	listed.Since, listed.Changed = state.Since()
	var err error
	if listed.Instance, err = v.GetInstance(ctx, state.Name); err != nil {
		return listed, err
	}
	for point, err := range v.EachPoint(ctx, state.Name) {
		if err != nil {
			return listed, err
		}
		if point.Committed {
			listed.Points = append(listed.Points, estate.PointOf(point))
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
