package vault

import (
	"context"
	"errors"
	"slices"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// LostID returns the ID of a vault that has lost vault.json, or cannot read it: the
// one that its recovery points name, since their signatures hold in that vault only.
// It looks at the points of the named instances first. It returns "" if vault.json can
// be read, and for a vault without points. Whoever can forge a point can forge
// vault.json too, so that nothing is asked of its signature.
func (v *Vault) LostID(ctx context.Context, instances []string) (string, error) {
	_, err := v.readSettings(ctx)
	if err == nil || !errors.Is(err, blobstore.ErrNotFound) && failure.CodeOf(err) != failure.VaultDamaged {
		return "", err
	}
	// A new vault costs one request, however many instances it is to have.
	_, folders, err := v.container.ListDirs(ctx, instancesRoot)
	if err != nil || len(folders) == 0 {
		return "", err
	}
	id, err := v.idOfPoints(ctx, instances)
	if err != nil || id != "" {
		return id, err
	}
	if instances, err = v.ListInstances(ctx); err != nil {
		return "", err
	}
	return v.idOfPoints(ctx, instances)
}

// idOfPoints returns the vault's ID in the newest manifest that has one.
func (v *Vault) idOfPoints(ctx context.Context, instances []string) (string, error) {
	for _, name := range instances {
		points, err := v.ListPoints(ctx, name)
		if err != nil {
			return "", err
		}
		for _, p := range slices.Backward(points) {
			_, m, err := v.uncheckedManifest(ctx, name, p.ID)
			switch failure.CodeOf(err) {
			case "":
				if m.VaultID != "" && ofPoint(m, name, p.ID) == nil {
					return m.VaultID, nil
				}
			case failure.RecoveryPointNotFound, failure.VerificationFailed, failure.InvalidConfiguration: // another point may do
			default:
				return "", err
			}
		}
	}
	return "", nil
}
