package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// ForsakenInput names the sweep that looks for databases of drills.
type ForsakenInput struct {
	Job jobs.Ref `json:"job"`
}

func (in ForsakenInput) check(ctx context.Context) error { return checkOwnJob(ctx, in.Job) }

// Forsaken is what was found on the servers of drills.
type Forsaken struct {
	// Dropped counts the databases that were dropped.
	Dropped int `json:"dropped,omitempty"`
	// Left has a line for each server that could not be searched.
	Left []string `json:"left,omitempty"`
}

// DropForsaken drops the databases of drills that are over, on the servers of the
// instances' drills. A drill drops its own: these are of drills that were terminated
// while no worker ran, or whose server was away for too long.
func (r *Restore) DropForsaken(ctx context.Context, _ ForsakenInput) (Forsaken, error) {
	ctx, stop := beatPhase(ctx, "looking for databases of drills that are over")
	defer stop()
	found, err := r.dropForsaken(ctx)
	return found, endCause(ctx, err)
}

func (r *Restore) dropForsaken(ctx context.Context) (found Forsaken, err error) {
	id, err := r.Vault.ID(ctx)
	if err != nil {
		return found, err
	}
	servers, err := r.drillServers(ctx)
	if err != nil {
		return found, err
	}
	for _, d := range servers {
		address := d.Server.Address()
		job := restore.Job{Account: signin.Account{Server: d.Server, SignIn: d.SignIn, Drill: true}}
		dropped, err := r.restorer(ctx).DropForsaken(ctx, job, jobs.DrillDatabases(id), func(ctx context.Context) (string, error) {
			return runningDrill(ctx, id, address)
		})
		found.Dropped += len(dropped)
		if ctx.Err() != nil {
			return found, err
		}
		if err != nil && len(found.Left) < maxLeftovers {
			found.Left = append(found.Left, fmt.Sprintf("server %s could not be searched for databases of drills that are over: %v", address, err))
		}
	}
	return found, nil
}

// drillServers returns the drill of one instance for each server.
func (r *Restore) drillServers(ctx context.Context) (servers []instance.Drill, err error) {
	names, err := r.Vault.ListInstances(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, name := range names {
		i, err := r.Vault.GetInstance(ctx, name)
		if ctx.Err() != nil {
			return nil, err
		}
		if err != nil || i.Drill == nil || i.Drill.Validate() != nil || seen[i.Drill.Server.Address()] {
			continue // what is wrong with a definition is told by its own jobs
		}
		seen[i.Drill.Server.Address()] = true
		servers = append(servers, *i.Drill)
	}
	return servers, nil
}

// runningDrill returns the prefix of the names of the databases of the drill that runs
// on a server, or "" if none does.
func runningDrill(ctx context.Context, vaultID, address string) (string, error) {
	c, id := activity.GetClient(ctx), jobs.DrillRunID(address)
	running, err := temporalx.Running(ctx, c, id)
	if err != nil || !running {
		return "", err
	}
	start, err := temporalx.ReadStart(ctx, c, id, "")
	return jobs.DrillRunDatabases(vaultID, start.OriginalRun), err
}
