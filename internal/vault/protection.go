package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// ProtectionState is the state of an instance's protection. It decides whether
// backups are made and what happens to the points.
type ProtectionState string

// The states of protection, as Azure Backup names them.
const (
	// Protected is the state of an instance that was not stopped.
	Protected ProtectionState = "protected"
	// RetainForever stops backups and keeps every point.
	RetainForever ProtectionState = "stopped, retain forever"
	// RetainAsPerPolicy stops backups; points expire by their rules, except the
	// last good one.
	RetainAsPerPolicy ProtectionState = "stopped, retain as per policy"
	// DataDeleted stops backups; all points have been deleted.
	DataDeleted ProtectionState = "stopped, data deleted"
)

// Known reports whether s is one of the states.
func (s ProtectionState) Known() bool {
	return slices.Contains([]ProtectionState{Protected, RetainForever, RetainAsPerPolicy, DataDeleted}, s)
}

// Protection is an instance's state, with the author, time and reason of its
// last change.
type Protection struct {
	State ProtectionState `json:"state"`
	// Before is the state before the change.
	Before   ProtectionState `json:"before,omitempty"`
	At       time.Time       `json:"at,omitzero"`
	Identity string          `json:"identity,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Job      string          `json:"job,omitempty"`
	// Run is the run ID of the job. Another job may have the same workflow ID
	// later.
	Run string `json:"run,omitempty"`
}

// Stopped reports whether backups are stopped.
func (p Protection) Stopped() bool { return p.State != Protected && p.State != "" }

// readProtection treats an unreadable state as RetainForever, which keeps
// everything.
func readProtection(blob blobstore.Blob) Protection {
	p := Protection{}
	known := []ProtectionState{Protected, RetainForever, RetainAsPerPolicy, DataDeleted}
	if !readState(blob.Meta, &p) || !slices.Contains(known, p.State) {
		return Protection{State: RetainForever}
	}
	return p
}

func protectionPath(instance string) string { return InstancePrefix(instance) + protectionName }

// GetProtection returns an instance's protection. An instance that was never
// stopped is Protected.
func (v *Vault) GetProtection(ctx context.Context, instance string) (Protection, error) {
	blob, err := v.container.Stat(ctx, protectionPath(instance))
	if errors.Is(err, blobstore.ErrNotFound) {
		return Protection{State: Protected}, nil
	}
	if err != nil {
		return Protection{}, fmt.Errorf("look at the protection of %s: %w", instance, err)
	}
	return readProtection(blob), nil
}

// SetProtection changes an instance's state.
func (v *Vault) SetProtection(ctx context.Context, instance string, p Protection) error {
	p.Reason, p.Identity, p.Job = cut(p.Reason, maxText), cut(p.Identity, maxIdentity), cut(p.Job, maxJob)
	content, meta, err := encodeState(protectionName, p)
	if err != nil {
		return err
	}
	if _, err := v.container.Put(ctx, protectionPath(instance), content, meta); err != nil {
		return fmt.Errorf("change the protection of %s: %w", instance, err)
	}
	return nil
}
