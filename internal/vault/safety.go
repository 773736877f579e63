package vault

import (
	"context"
	"fmt"
)

// SafetyNet is what the storage account does for blobs that are deleted or
// overwritten by other means than pgvault.
type SafetyNet struct {
	Versioning bool
	// SoftDeleteDays is 0 where soft delete is off.
	SoftDeleteDays int
	// SoftDeleteUnseen reports whether it could not be seen, for which the identity
	// needs a right over the account.
	SoftDeleteUnseen bool
}

// SafetyNet finds out what it can. Only a blob that is written tells whether
// there is versioning, so settings that were written without are written again.
func (v *Vault) SafetyNet(ctx context.Context) (SafetyNet, error) {
	content, settings, err := v.container.Get(ctx, settingsName, maxJSON)
	if err == nil && settings.Version == "" {
		settings, err = v.container.Put(ctx, settingsName, content, nil)
	}
	if err != nil {
		return SafetyNet{}, fmt.Errorf("look for versioning: %w", err)
	}
	net := SafetyNet{Versioning: settings.Version != ""}
	net.SoftDeleteDays, err = v.container.SoftDeleteDays(ctx)
	net.SoftDeleteUnseen = err != nil
	return net, ctx.Err()
}
