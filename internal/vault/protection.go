package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// ProtectionState is what becomes of an instance's backups and points.
type ProtectionState string

// The states of protection, Azure Backup's own.
const (
	// Protected is that of an instance that nobody has stopped.
	Protected ProtectionState = "protected"
	// RetainForever makes no more backups and keeps every point.
	RetainForever ProtectionState = "stopped, retain forever"
	// RetainAsPerPolicy makes no more backups; points go as their rules say, but for the last good one.
	RetainAsPerPolicy ProtectionState = "stopped, retain as per policy"
	// DataDeleted makes no more backups, and what there was has been deleted.
	DataDeleted ProtectionState = "stopped, data deleted"
)

// Known reports whether s is one of the states.
func (s ProtectionState) Known() bool {
	return slices.Contains([]ProtectionState{Protected, RetainForever, RetainAsPerPolicy, DataDeleted}, s)
}

// Protection is an instance's state, and who has changed it last, and why.
type Protection struct {
	State ProtectionState `json:"state"`
	// Before is the state that the job found.
	Before   ProtectionState `json:"before,omitempty"`
	At       time.Time       `json:"at,omitzero"`
	Identity string          `json:"identity,omitempty"`
	Reason   string          `json:"reason,omitempty"`
	Job      string          `json:"job,omitempty"`
	// Run is the job's run: another job may have the same ID later.
	Run string `json:"run,omitempty"`
}

// Stopped reports whether no more backups are made.
func (p Protection) Stopped() bool { return p.State != Protected && p.State != "" }

// readProtection takes what it cannot read for the state that keeps everything.
func readProtection(blob blobstore.Blob) Protection {
	p := Protection{}
	known := []ProtectionState{Protected, RetainForever, RetainAsPerPolicy, DataDeleted}
	if !readState(blob.Meta, &p) || !slices.Contains(known, p.State) {
		return Protection{State: RetainForever}
	}
	return p
}

func protectionPath(instance string) string { return InstancePrefix(instance) + protectionName }

// GetProtection reads an instance's state; one that was never stopped is protected.
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
