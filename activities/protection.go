package activities

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// ProtectionChange is a request to change an instance's protection, with the
// reason.
type ProtectionChange struct {
	Instance string                `json:"instance"`
	State    vault.ProtectionState `json:"state"`
	Reason   string                `json:"reason,omitempty"`
	Job      jobs.Ref              `json:"job"`
}

// ProtectionChanged is the resulting state.
type ProtectionChanged struct {
	Before vault.ProtectionState `json:"before"`
	Now    vault.Protection      `json:"now"`
}

// SetProtection writes the state, from which on backups are refused or allowed
// again. Another attempt finds what the first one wrote and returns the same
// result.
func (p *Prune) SetProtection(ctx context.Context, in ProtectionChange) (ProtectionChanged, error) {
	ctx, stop := beatPhase(ctx, "writing the state")
	defer stop()
	done, err := p.setProtection(ctx, in)
	return done, endCause(ctx, err)
}

func (p *Prune) setProtection(ctx context.Context, in ProtectionChange) (ProtectionChanged, error) {
	if _, err := p.Vault.GetInstance(ctx, in.Instance); err != nil {
		return ProtectionChanged{}, err
	}
	before, err := p.Vault.GetProtection(ctx, in.Instance)
	if err != nil {
		return ProtectionChanged{}, err
	}
	if before.Run != "" && before.Run == in.Job.RunID {
		return ProtectionChanged{Before: before.Before, Now: before}, nil
	}
	identity, err := startedBy(ctx, p.Temporal, in.Job)
	if err != nil {
		return ProtectionChanged{}, err
	}
	now := vault.Protection{
		State: in.State, Before: before.State, At: p.Now().UTC().Truncate(time.Second),
		Identity: identity, Reason: in.Reason, Job: in.Job.ID, Run: in.Job.RunID,
	}
	return ProtectionChanged{Before: before.State, Now: now}, p.Vault.SetProtection(ctx, in.Instance, now)
}

// SwitchSchedules pauses the instance's schedules or ends that pause, depending
// on its state.
func (p *Prune) SwitchSchedules(ctx context.Context, in InstanceRef) error {
	ctx, stop := beatPhase(ctx, "switching the schedules")
	defer stop()
	return endCause(ctx, p.switchSchedules(ctx, in.Instance))
}

func (p *Prune) switchSchedules(ctx context.Context, name string) error {
	found, err := p.Vault.GetInstance(ctx, name)
	if err != nil {
		return err
	}
	state, err := p.Vault.GetProtection(ctx, name)
	if err != nil {
		return err
	}
	desired, err := schedule.Desire(instance.VaultSettings{}, []instance.Instance{found})
	if err != nil {
		return err
	}
	var ids []string
	for _, d := range desired {
		if d.Instance == name {
			ids = append(ids, d.ID)
		}
	}
	if state.Stopped() {
		return temporalx.StopSchedules(ctx, p.Temporal, ids)
	}
	return temporalx.ResumeSchedules(ctx, p.Temporal, ids)
}

// DeletedData is the number of deleted points.
type DeletedData struct {
	Points int `json:"points"`
	// Until is the time until which they can be undeleted; zero if they were
	// purged.
	Until time.Time `json:"until,omitzero"`
}

// DeleteData deletes all of an instance's points at a person's request. Another
// attempt continues with the remaining ones.
func (p *Prune) DeleteData(ctx context.Context, in ProtectionChange) (DeletedData, error) {
	var deleted atomic.Int64
	ctx, stop := beat(ctx, func() any { return fmt.Sprintf("%d points deleted", deleted.Load()) })
	defer stop()
	done, err := p.deleteData(ctx, in, &deleted)
	return done, endCause(ctx, err)
}

func (p *Prune) deleteData(ctx context.Context, in ProtectionChange, deleted *atomic.Int64) (DeletedData, error) {
	d, _, err := p.deletion(ctx, in.Job, in.Reason)
	if err != nil {
		return DeletedData{}, err
	}
	points, err := d.Instance(ctx, in.Instance, deleted)
	return DeletedData{Points: points, Until: d.Until()}, err
}
