package instance

import (
	"cmp"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/policy"
)

// VaultSettings are the settings of a vault: where its backups are stored, how
// they are swept and scrubbed, and who is told of alerts.
type VaultSettings struct {
	// Container is the URL of the blob container.
	Container string `json:"container"`
	// Owner is the owner of the file whose settings these are.
	Owner string `json:"owner,omitempty"`
	Sweep Sweep  `json:"sweep"`
	// Scrub defines how stored points are read back again; nil means that nothing
	// reads them but restores and people.
	Scrub *Scrub `json:"scrub,omitempty"`
	// SoftDelete defines how long deleted points can be undeleted.
	SoftDelete SoftDelete `json:"softDelete,omitzero"`
	// KeepLastProven defines whether sweeps keep the newest point that a drill has
	// proven; nil means yes.
	KeepLastProven *bool `json:"keepLastProven,omitempty"`
	// Immutability defines whether the storage protects points from deletion.
	Immutability Immutability `json:"immutability,omitempty"`
	// Evidence defines how long records of drills are locked.
	Evidence Evidence `json:"evidence,omitzero"`
	// Patience is how long jobs wait for an unavailable server, storage, Key
	// Vault or Temporal; 0 means [outage.DefaultPatience].
	Patience policy.ClockDuration `json:"patience,omitzero"`
	// Notifications are the receivers of alerts.
	Notifications []Notification `json:"notifications,omitempty"`
}

// Notification returns the receiver with a name.
func (v VaultSettings) Notification(name string) (Notification, bool) {
	at := slices.IndexFunc(v.Notifications, func(n Notification) bool { return n.Name == name })
	if at < 0 {
		return Notification{}, false
	}
	return v.Notifications[at], true
}

// KeepsLastProven returns KeepLastProven with its default.
func (v VaultSettings) KeepsLastProven() bool { return v.KeepLastProven == nil || *v.KeepLastProven }

// Waits returns Patience with its default.
func (v VaultSettings) Waits() time.Duration {
	return cmp.Or(time.Duration(v.Patience), outage.DefaultPatience)
}

// Sweep defines when expired recovery points are removed.
type Sweep struct {
	Schedule policy.Schedule `json:"schedule"`
	// OrphanGrace is how long the leftovers of a failed attempt are kept.
	OrphanGrace policy.ClockDuration `json:"orphanGrace"`
}
