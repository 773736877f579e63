package vault

import (
	"context"
	"fmt"
)

// SafetyNet describes how the storage account protects blobs that other tools
// than pgvault delete or overwrite.
type SafetyNet struct {
	Versioning bool
	// SoftDeleteDays is the term of the account's blob soft delete; 0 if it is
	// off.
	SoftDeleteDays int
	// SoftDeleteUnseen reports whether the setting could not be read, for which
	// the identity needs a right to the account.
	SoftDeleteUnseen bool
}

// SafetyNet returns the account's protection as far as it can be read. Only a
// write shows whether versioning is on, so SafetyNet rewrites settings whose
// blob has no version.
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
