package vault

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// settings is vault.json: what pgvault.yaml says of the vault, and its ID.
type settings struct {
	// ID distinguishes the vault from every other. It is made once and never changed; a
	// copy of the vault keeps it.
	ID string `json:"id,omitempty"`
	instance.VaultSettings
}

// NewID returns an ID that no other vault has.
func NewID() string { return strings.ToLower(rand.Text()) }

// ID returns the vault's ID: "" for a vault that has none yet.
func (v *Vault) ID(ctx context.Context) (string, error) {
	s, err := v.readSettings(ctx)
	if errors.Is(err, blobstore.ErrNotFound) {
		return "", nil
	}
	return s.ID, err
}

// PutSettings writes the vault's own settings and reports whether that changed
// anything. A vault that has no ID yet gets the one given, or one of its own if
// that is empty; it is the vault's from then on. Settings that cannot be read are
// replaced.
func (v *Vault) PutSettings(ctx context.Context, s instance.VaultSettings, id string) (changed bool, err error) {
	for range 5 {
		changed, err = v.putSettings(ctx, s, id)
		if !errors.Is(err, blobstore.ErrChanged) && !errors.Is(err, blobstore.ErrExists) {
			return changed, err
		}
	}
	return false, failure.Wrap(err, failure.Internal, "run the command again", "somebody else writes the settings of vault %s at the same time", v.URL())
}

func (v *Vault) putSettings(ctx context.Context, s instance.VaultSettings, id string) (changed bool, err error) {
	stored, blob, err := v.container.Get(ctx, settingsName, maxJSON)
	isNew := errors.Is(err, blobstore.ErrNotFound)
	if unusable(err) {
		blob, err = v.container.Stat(ctx, settingsName)
	}
	if err != nil && !isNew {
		return false, err
	}
	// What cannot be read is replaced. The ID stays as long as it can be read.
	var before settings
	_ = json.Unmarshal(stored, &before)
	after := settings{ID: before.ID, VaultSettings: s}
	if after.ID == "" {
		after.ID = id
	}
	if after.ID == "" {
		after.ID = NewID()
	}
	encoded, err := encodeJSON(settingsName, after)
	if err != nil || string(stored) == string(encoded) {
		return false, err
	}
	if isNew {
		_, err = v.container.PutNew(ctx, settingsName, encoded, nil)
	} else {
		_, err = v.container.PutIf(ctx, settingsName, encoded, nil, blob.ETag)
	}
	return err == nil, err
}
