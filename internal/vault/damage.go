package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

const (
	earlierVersion = "If the account keeps versions, an earlier version of the blob may be the right one."
	applyAgain     = "`pgvault apply -f pgvault.yaml` writes it again. " + earlierVersion
)

// unusable reports whether a storage error is caused by the blob itself, so
// that a retry cannot succeed.
func unusable(err error) bool {
	return errors.Is(err, blobstore.ErrTooLong) || errors.Is(err, blobstore.ErrTooShort) || errors.Is(err, blobstore.ErrArchived)
}

// unreadable reports whether a storage error is caused by the blob itself, or by the
// blob's absence or another content.
func unreadable(err error) bool {
	return unusable(err) || errors.Is(err, blobstore.ErrNotFound) || errors.Is(err, blobstore.ErrChanged)
}

// readJSON reads a small blob that belongs to no point. It returns a
// [failure.VaultDamaged] that names the blob if the blob exists and does not
// decode.
func (v *Vault) readJSON(ctx context.Context, name, remedy string, decode func(content []byte) error) error {
	content, _, err := v.container.Get(ctx, name, maxJSON)
	if err == nil {
		err = decode(content)
		if err == nil {
			return nil
		}
	} else if !unusable(err) {
		return err
	}
	if errors.Is(err, blobstore.ErrArchived) {
		remedy = "Move the blob back to the hot tier. " + remedy
	}
	return failure.Wrap(err, failure.VaultDamaged, remedy, "blob %s of vault %s is damaged", name, v.URL())
}

func (v *Vault) readSettings(ctx context.Context) (s settings, err error) {
	err = v.readJSON(ctx, settingsName, applyAgain, func(content []byte) error {
		if err := decodeObject(content, "container", &s); err != nil {
			return err
		}
		return s.validate()
	})
	return s, err
}

func (s settings) validate() error {
	if s.SoftDelete.Days < 0 {
		return fmt.Errorf("softDelete.days is %d", s.SoftDelete.Days)
	}
	if s.Sweep.OrphanGrace < 0 || s.Patience < 0 {
		return errors.New("a time limit is negative")
	}
	if s.Scrub == nil {
		return nil
	}
	if err := s.Scrub.Validate(); err != nil {
		return fmt.Errorf("scrub: %w", err)
	}
	return nil
}

func decodeInstance(content []byte, name string, into *instance.Instance) error {
	if err := decodeObject(content, "name", into); err != nil {
		return err
	}
	switch i := *into; {
	case i.Name != name:
		return fmt.Errorf("it is that of instance %q", i.Name)
	case i.Server.Port < 0 || i.Server.Port > 65535:
		return fmt.Errorf("server.port is %d", i.Server.Port)
	case i.Dump.Validate() != nil:
		return fmt.Errorf("dump: %w", i.Dump.Validate())
	}
	return nil
}

// decodeObject decodes a JSON object that must have the given field. Any other
// JSON object would decode to zero settings.
func decodeObject(content []byte, field string, into any) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(content, &fields); err != nil {
		return err
	}
	if _, ok := fields[field]; !ok {
		return fmt.Errorf("field %q is missing", field)
	}
	return json.Unmarshal(content, into)
}

// wrong describes the damage of a point that its listing shows.
func (p *Point) wrong() string {
	all := p.Damage
	if len(all) == 0 && p.Verification != nil {
		all = p.Verification.Damage
	}
	texts := make([]string, len(all))
	for i, d := range all {
		texts[i] = FullName(d, p.Instance, p.ID).String()
	}
	if len(texts) == 0 {
		return "dump " + p.DumpBlob + " is not the one that its manifest names"
	}
	return strings.Join(texts, "; ")
}
