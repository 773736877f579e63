package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy/schedule"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/temporalx/parallel"
	"github.com/pgvault/pgvault/internal/vault"
)

// applyPlan is what apply would change, found without any change.
type applyPlan struct {
	// before are the vault's settings now, and isNew reports that it has none that
	// can be read.
	before instance.VaultSettings
	isNew  bool
	// settings is the change of the vault's settings; zero if there is none.
	settings applyChange
	// instances are in the order of the file.
	instances []instancePlan
	// attributes are the search attributes that the namespace lacks.
	attributes []string
	schedules  *temporalx.Plan
}

// instancePlan is what would change of one instance.
type instancePlan struct {
	want       instance.Instance
	protection vault.Protection
	// differs reports whether the stored definition is another one.
	differs bool
	change  applyChange
	// policy are the fields of its policy that change, if it keeps the policy's
	// name.
	policy []string
}

// plan compares vault and namespace with the file.
func (r *applyRun) plan(ctx context.Context) (p applyPlan, err error) {
	if err := r.planSettings(ctx, &p); err != nil {
		return p, err
	}
	if p.instances, err = r.planInstances(ctx); err != nil {
		return p, err
	}
	if p.attributes, err = temporalx.MissingSearchAttributes(ctx, r.session, r.session.namespace); err != nil {
		return p, err
	}
	p.schedules, err = r.planSchedules(ctx, p.instances)
	return p, err
}

// planSettings rejects settings that withdraw a permanent promise of the vault.
func (r *applyRun) planSettings(ctx context.Context, p *applyPlan) (err error) {
	p.before, err = r.vault.GetSettings(ctx)
	switch failure.CodeOf(err) {
	case "":
		if err := r.decideSettings(p.before); err != nil {
			return err
		}
	case failure.InvalidConfiguration: // a new vault has promised nothing
		p.isNew = true
	case failure.VaultDamaged:
		if r.file.Owned() && !r.file.HasSettings {
			return fmt.Errorf("vault settings, which another file may have: %w", err)
		}
		p.isNew = true
		r.note("Note: the settings of vault %s cannot be read, and are written again", r.file.Vault.Container)
	default:
		return fmt.Errorf("vault settings: %w", err)
	}
	if p.isNew && r.file.HasSettings {
		r.file.Vault.Owner = r.file.Owner
	}
	want := r.file.Vault
	if p.before.SoftDelete.Weakens(want.SoftDelete) {
		return failure.New(failure.InvalidConfiguration, "write vault.softDelete: {days: 14, alwaysOn: true}; the days may be others",
			"soft delete of vault %s is always on, which cannot be taken back", want.Container)
	}
	if p.before.Immutability.Weakens(want.Immutability) {
		return failure.New(failure.InvalidConfiguration, "write vault.immutability: locked",
			"immutability of vault %s is locked, which cannot be taken back", want.Container)
	}
	change := applyChange{Kind: kindVault, Name: want.Container, Change: temporalx.Created}
	if !p.isNew {
		differ, err := fieldsThatDiffer(p.before, want)
		if err != nil || len(differ) == 0 {
			return err
		}
		change.Change, change.Detail = temporalx.Updated, strings.Join(differ, ", ")
	}
	p.settings = change
	return nil
}

func (r *applyRun) planInstances(ctx context.Context) ([]instancePlan, error) {
	wanted := r.file.Instances
	plans := make([]instancePlan, len(wanted))
	err := parallel.Each(ctx, instanceTitles(wanted), func(ctx context.Context, i int) (err error) {
		plans[i], err = r.planInstance(ctx, wanted[i])
		return err
	})
	return plans, err
}

func instanceTitles(all []instance.Instance) []string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = "instance " + all[i].Name
	}
	return names
}

func (r *applyRun) planInstance(ctx context.Context, want instance.Instance) (instancePlan, error) {
	p := instancePlan{want: want}
	state, err := r.vault.GetInstanceState(ctx, want.Name)
	p.protection = state.Protection
	if err != nil || state.Defines(want) {
		return p, err
	}
	p.differs = true
	p.change = applyChange{Kind: kindInstance, Name: want.Name, Change: temporalx.Updated}
	before, err := r.vault.GetInstance(ctx, want.Name)
	switch failure.CodeOf(err) {
	case "":
		if err := r.checkOwner(before, want); err != nil {
			return p, err
		}
		return p, p.compare(before)
	case failure.InstanceNotFound:
		p.change.Change = temporalx.Created
	case failure.VaultDamaged:
		p.change.Detail = "its definition cannot be read, and is written again"
	default:
		return p, err
	}
	return p, nil
}

// compare fills in the fields that differ from the stored definition.
func (p *instancePlan) compare(before instance.Instance) error {
	differ, err := fieldsThatDiffer(before, p.want)
	if err != nil {
		return err
	}
	var fields []string
	for _, name := range differ {
		if below, ok := strings.CutPrefix(name, "policy."); ok {
			p.policy = append(p.policy, below)
		} else {
			fields = append(fields, name)
		}
	}
	switch {
	case before.Policy.Name != p.want.Policy.Name:
		fields = append(fields, "policy: "+arrow(before.Policy.Name, p.want.Policy.Name))
		p.policy = nil
	case len(p.policy) > 0:
		fields = append(fields, "policy "+p.want.Policy.Name)
	}
	p.change.Detail = strings.Join(fields, ", ")
	return nil
}

func (r *applyRun) planSchedules(ctx context.Context, instances []instancePlan) (*temporalx.Plan, error) {
	desired, err := schedule.Desire(r.file.Vault, r.file.Instances)
	if err != nil {
		return nil, err
	}
	stopped := map[string]vault.Protection{}
	for _, i := range instances {
		if i.protection.Stopped() {
			stopped[i.want.Name] = i.protection
		}
	}
	r.leaveStopped(desired, stopped)
	return temporalx.NewPlan(ctx, r.session, r.owner, desired, r.ours)
}

// policies returns the changes of policies that instances keep.
func (p applyPlan) policies() (changes []applyChange) {
	fields, users := map[string][]string{}, map[string]int{}
	for _, i := range p.instances {
		if len(i.policy) > 0 {
			name := i.want.Policy.Name
			fields[name] = append(fields[name], i.policy...)
			users[name]++
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		slices.Sort(fields[name])
		changes = append(changes, applyChange{
			Kind: kindPolicy, Name: name, Change: temporalx.Updated,
			Detail: strings.Join(slices.Compact(fields[name]), ", ") + ", of " + counted(users[name], "instance"),
		})
	}
	return changes
}

// all returns every change, in the order in which apply makes them.
func (p applyPlan) all() (changes []applyChange) {
	if p.settings != (applyChange{}) {
		changes = append(changes, p.settings)
	}
	changes = append(changes, p.policies()...)
	for _, i := range p.instances {
		if i.differs && (i.change.Change == temporalx.Created || i.change.Detail != "") {
			changes = append(changes, i.change)
		}
	}
	for _, name := range p.attributes {
		changes = append(changes, applyChange{Kind: kindAttribute, Name: name, Change: registered})
	}
	for _, c := range p.schedules.Changes {
		changes = append(changes, scheduleChange(c))
	}
	return changes
}
