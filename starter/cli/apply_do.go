package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/parallel"
)

// do makes the changes of a plan. What was done stands in the run even if do
// returns an error.
func (r *applyRun) do(ctx context.Context, p applyPlan) error {
	if err := r.canLock(ctx, p.before.Immutability); err != nil {
		return err
	}
	if err := r.writeSettings(ctx, &p); err != nil {
		return err
	}
	if err := r.writeInstances(ctx, p); err != nil {
		return err
	}
	added, err := temporalx.EnsureSearchAttributes(ctx, r.session, r.session.namespace)
	if err != nil {
		return err
	}
	for _, name := range added {
		r.changed(applyChange{Kind: kindAttribute, Name: name, Change: registered})
	}
	done, err := p.schedules.Do(ctx)
	for _, change := range done {
		r.changed(scheduleChange(change))
	}
	return err
}

func (r *applyRun) writeSettings(ctx context.Context, p *applyPlan) error {
	written, err := r.vault.PutSettings(ctx, r.file.Vault, r.owner.ID)
	if err != nil {
		return fmt.Errorf("vault settings: %w", err)
	}
	if written {
		r.changed(cmp.Or(p.settings, applyChange{Kind: kindVault, Name: r.file.Vault.Container, Change: temporalx.Updated}))
	}
	id, err := r.vault.ID(ctx)
	if err != nil || id == r.owner.ID {
		return err
	}
	// Another first apply was faster.
	r.owner.ID = id
	p.schedules, err = r.planSchedules(ctx, p.instances)
	return err
}

// writeInstances writes the definitions that differ.
func (r *applyRun) writeInstances(ctx context.Context, p applyPlan) error {
	for _, change := range p.policies() {
		r.changed(change)
	}
	wanted := make([]instance.Instance, len(p.instances))
	for i := range p.instances {
		wanted[i] = p.instances[i].want
	}
	written := make([]bool, len(wanted))
	err := parallel.Each(ctx, instanceTitles(wanted), func(ctx context.Context, i int) (err error) {
		if p.instances[i].differs {
			written[i], err = r.vault.PutInstance(ctx, wanted[i])
		}
		return err
	})
	for i := range written {
		if written[i] {
			r.changed(p.instances[i].change)
		}
	}
	return err
}
