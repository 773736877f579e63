package cli

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// ours reports whether a file decides about an instance that none defines.
// An instance without a definition belongs to files without an owner, and nobody
// knows whose one with an unreadable definition is.
func (r *applyRun) ours(ctx context.Context, name string) (bool, error) {
	stored, err := r.vault.GetInstance(ctx, name)
	switch failure.CodeOf(err) {
	case "", failure.InstanceNotFound:
		return r.file.Of(stored.Owner), nil
	case failure.VaultDamaged:
		r.note("Note: the definition of instance %s, which the file does not have, cannot be read. Its schedules stay as they are.", name)
		return false, nil
	}
	return false, err
}

// mayChange reports whether the file of an owner decides about what another one has.
// Everybody may take what has no owner.
func (r *applyRun) mayChange(owner, by string) bool {
	return owner == "" || owner == by || owner == r.options.takeOver
}

// checkOwner refuses an instance of another owner than its file's.
func (r *applyRun) checkOwner(stored, want instance.Instance) error {
	if r.mayChange(stored.Owner, want.Owner) {
		return nil
	}
	return &refusedError{failure.New(failure.InvalidConfiguration, ownersRemedy(stored.Owner),
		"nothing was changed, since instance %s belongs to the owner %s, and the file's owner is %s (%s)",
		stored.Name, stored.Owner, dash(want.Owner), r.file.Places[want.Name])}
}

func ownersRemedy(owner string) string {
	return fmt.Sprintf("take it out of this file, write owner: %s if it is theirs, or give --take-over %s", owner, owner)
}

// decideSettings replaces the files' settings by the stored ones if another owner
// decides about them. It refuses a file that has settings all the same.
func (r *applyRun) decideSettings(stored instance.VaultSettings) error {
	want := &r.file.Vault
	switch {
	case r.file.HasSettings && !r.mayChange(stored.Owner, r.file.Owner):
		return &refusedError{failure.New(failure.InvalidConfiguration, ownersRemedy(stored.Owner),
			"nothing was changed, since the settings of vault %s belong to the owner %s, and the file's owner is %s", want.Container, stored.Owner, dash(r.file.Owner))}
	case r.file.HasSettings:
		want.Owner = r.file.Owner
	case r.file.Of(stored.Owner):
		want.Owner = stored.Owner
	default:
		container := want.Container
		*want = stored
		want.Container = container
	}
	return nil
}
