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

// settings is the content of vault.json: the vault's settings from
// pgvault.yaml, and its ID.
type settings struct {
	// ID identifies the vault. It is generated once and never changed; a copy
	// of the vault keeps it.
	ID string `json:"id,omitempty"`
	instance.VaultSettings
}

// NewID returns a new random ID.
func NewID() string { return strings.ToLower(rand.Text()) }

// ID returns the vault's ID, or "" if it has none yet. An ID other than the trust
// file's is an error.
func (v *Vault) ID(ctx context.Context) (string, error) {
	s, err := v.readSettings(ctx)
	if errors.Is(err, blobstore.ErrNotFound) {
		s, err = settings{}, nil
	}
	if err == nil {
		err = v.trust.VaultID(s.ID)
	}
	return s.ID, err
}

// PutSettings writes the vault's settings and reports whether they changed. A
// vault without an ID gets the given one, or a new one if id is empty. Settings
// that cannot be read are replaced.
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
	// Unreadable settings are replaced. The ID is kept if it can be read.
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
