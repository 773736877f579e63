package cli

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/suggest"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
)

// commandOutage is how long a command waits for a storage that does not answer. A
// person waits for it, and can run it again.
const commandOutage = 2 * time.Second

// checkKnown returns an error if the command's vault has no such instance or
// point, before a job is started. A vault that cannot be read is no error: a person
// who starts jobs need not be able to read it, and the job finds out.
func (a *App) checkKnown(ctx context.Context, vaultFlag, name, point string) error {
	if name == "" || cmp.Or(vaultFlag, a.Getenv(envVault)) == "" {
		return nil
	}
	v, err := a.openVault(vaultFlag)
	if err != nil {
		return err
	}
	_, err = knownInstance(ctx, v, name)
	if err == nil && point != "" {
		err = knownPoint(ctx, v, name, point)
	}
	switch failure.CodeOf(err) {
	case failure.InstanceNotFound, failure.RecoveryPointNotFound:
		return err
	}
	return nil
}

// knownInstance returns an instance's definition. A name that does not exist is
// refused, with the one that was probably meant.
func knownInstance(ctx context.Context, v *vault.Vault, name string) (instance.Instance, error) {
	found, err := v.GetInstance(ctx, name)
	if failure.CodeOf(err) != failure.InstanceNotFound {
		return found, err
	}
	names, listed := v.ListInstances(ctx)
	if listed != nil {
		return found, listed
	}
	return found, unknown(err, name, names)
}

// knownInstances returns the named instances, or all if none is named. An instance whose
// definition cannot be read is known too.
func knownInstances(ctx context.Context, v *vault.Vault, names []string) ([]string, error) {
	if len(names) == 0 {
		return v.ListInstances(ctx)
	}
	for _, name := range names {
		if _, err := knownInstance(ctx, v, name); err != nil && failure.CodeOf(err) != failure.VaultDamaged {
			return nil, err
		}
	}
	return names, nil
}

// knownPoint returns an error if an instance has no such point. An ID that does not
// exist is refused like a name by knownInstance.
func knownPoint(ctx context.Context, v *vault.Vault, name, point string) error {
	_, err := v.FindPoint(ctx, name, point)
	if failure.CodeOf(err) != failure.RecoveryPointNotFound {
		return err
	}
	points, listed := v.ListPoints(ctx, name)
	if listed != nil {
		return listed
	}
	ids := make([]string, len(points))
	for i := range points {
		ids[i] = points[i].ID
	}
	return unknown(err, point, ids)
}

// unknown returns the refusal of a name that does not exist, with the known name
// that was probably meant.
func unknown(err error, name string, known []string) error {
	var f *failure.Error
	if !errors.As(err, &f) {
		return err
	}
	return &refusedError{failure.New(f.Code, f.Action, "%s%s", f.Message, suggest.DidYouMean(name, known))}
}
