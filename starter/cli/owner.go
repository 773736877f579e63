package cli

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/vault"
)

// jobsVault returns the vault that a job is started for: that of the Temporal
// namespace. It returns an error if PGVAULT_VAULT names another. A person who
// starts jobs need not be able to read the vault.
func (a *App) jobsVault(ctx context.Context, s *session) (temporalx.Owner, error) {
	owner, err := temporalx.NamespaceOwner(ctx, s)
	url := a.Getenv(envVault)
	if err != nil || owner.ID == "" || url == "" || blobstore.SameContainer(url, owner.URL) {
		return owner, err
	}
	container, err := openContainer(url, commandOutage)
	if err != nil {
		return owner, err
	}
	// It may be the same vault under another URL.
	id, err := vault.New(container).ID(ctx)
	if err != nil {
		return owner, fmt.Errorf("%s, and Temporal namespace %q belongs to vault %s: %w", envVault+" names "+url, s.namespace, owner, err)
	}
	if id != owner.ID {
		return owner, temporalx.OtherNamespace(s.namespace, owner, temporalx.Owner{ID: id, URL: url})
	}
	return owner, nil
}

// identify returns the vault that is applied, with its existing or future ID,
// before anything is written. It returns an error in the namespace of another
// vault.
func (r *applyRun) identify(ctx context.Context) (temporalx.Owner, error) {
	own := temporalx.Owner{URL: r.file.Vault.Container}
	owner, err := temporalx.NamespaceOwner(ctx, r.session)
	if err != nil {
		return own, err
	}
	// Unreadable settings are rewritten like missing ones.
	if own.ID, err = r.vault.ID(ctx); err != nil && failure.CodeOf(err) != failure.VaultDamaged {
		return own, fmt.Errorf("vault settings: %w", err)
	}
	if own.ID == "" {
		if own.ID, err = r.lostID(ctx, owner); err != nil {
			return own, fmt.Errorf("look for the vault's ID in its recovery points: %w", err)
		}
	}
	if owner.ID != "" && owner.ID != own.ID {
		return own, temporalx.OtherNamespace(r.session.namespace, owner, own)
	}
	if own.ID == "" {
		own.ID = vault.NewID()
	}
	return own, nil
}

// lostID returns the ID of a vault whose settings do not say it: that of its
// namespace, or of its recovery points. It returns "" for a new vault.
func (r *applyRun) lostID(ctx context.Context, owner temporalx.Owner) (string, error) {
	if owner.ID != "" && blobstore.SameContainer(r.file.Vault.Container, owner.URL) {
		return owner.ID, nil
	}
	names := make([]string, len(r.file.Instances))
	for i := range r.file.Instances {
		names[i] = r.file.Instances[i].Name
	}
	id, err := r.vault.LostID(ctx, names)
	if id != "" {
		r.note("Note: vault %s has lost its settings. It keeps the ID %s, which its recovery points name", r.file.Vault.Container, printable.Line(id))
	}
	return id, err
}
