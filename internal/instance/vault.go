package instance

import (
	"cmp"
	"time"

	"github.com/pgvault/pgvault/internal/outage"
	"github.com/pgvault/pgvault/internal/policy"
)

// VaultSettings says where the backups are and how they are swept.
type VaultSettings struct {
	// Container is the URL of the blob container.
	Container string `json:"container"`
	Sweep     Sweep  `json:"sweep"`
	// SoftDelete says how long what is deleted can be brought back.
	SoftDelete SoftDelete `json:"softDelete,omitzero"`
	// Immutability says whether the storage keeps points from being deleted.
	Immutability Immutability `json:"immutability,omitempty"`
	// Patience is how long jobs wait for a server, the storage, a Key Vault or
	// Temporal that is away; 0 means [outage.DefaultPatience].
	Patience policy.ClockDuration `json:"patience,omitzero"`
}

// Waits is how long jobs wait for what is away.
func (v VaultSettings) Waits() time.Duration {
	return cmp.Or(time.Duration(v.Patience), outage.DefaultPatience)
}

// Sweep says when expired recovery points are removed.
type Sweep struct {
	Schedule policy.Schedule `json:"schedule"`
	// OrphanGrace is how long the remains of a failed attempt are left alone.
	OrphanGrace policy.ClockDuration `json:"orphanGrace"`
}
