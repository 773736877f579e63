package trust

import (
	"slices"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// Environment is the variable that names the trust file of a worker.
const Environment = "PGVAULT_TRUST"

// Use is the purpose of a connection to a server.
type Use string

// The uses.
const (
	// Backup reads from a server.
	Backup Use = "backup"
	// Restore writes to a server. A host with the use "restore-own" accepts
	// restores of its own instances only.
	Restore Use = "restore"
	// Drill restores to a server in order to test a recovery point.
	Drill Use = "drill"
)

// restoreOwn is a use in a file only. It allows [Restore] of instances of the
// same host.
const restoreOwn Use = "restore-own"

// File is a trust file. It is immutable and safe for concurrent use. The zero value
// trusts no host and no container.
type File struct {
	name    string
	hash    string
	vaultID string

	servers    []server
	containers []containerPattern
	notify     []hostPattern
	// notifySecrets are the secrets that may hold addresses; if there is none, those
	// of Azure's Key Vaults may.
	notifySecrets []secretPattern

	// checks is the folder of files of checks.
	checks string

	minimumTLS string
	roots      string

	softDeleteDays   int
	immutability     instance.Immutability
	maximumRetention policy.Duration
	storage          Storage
	signatures       Signatures
}

// Name returns the path of the file, or "builtin".
func (f File) Name() string { return f.name }

// Hash returns the SHA-256 of the file's bytes in hexadecimal, as sha256sum prints
// it. Workers of one vault must agree on it.
func (f File) Hash() string { return f.hash }

// Storage returns the configuration that the storage account must have.
func (f File) Storage() Storage { return f.storage }

// Signatures returns the pinned public keys.
func (f File) Signatures() Signatures {
	s := f.signatures
	s.Manifests, s.Evidence, s.Copied = slices.Clone(s.Manifests), slices.Clone(s.Evidence), slices.Clone(s.Copied)
	return s
}

// server is an item of "servers:".
type server struct {
	hosts   []hostPattern
	use     []Use
	secrets []secretPattern
	entra   bool
}

// serves reports whether the item lists a destination's host for its use.
func (s server) serves(d canonical) bool {
	if !slices.ContainsFunc(s.hosts, func(p hostPattern) bool { return p.matches(d.host) }) {
		return false
	}
	return slices.Contains(s.use, d.use) ||
		d.use == Restore && d.host == d.instanceHost && slices.Contains(s.use, restoreOwn)
}

func (s server) binds(secret secretPattern) bool {
	return slices.ContainsFunc(s.secrets, func(p secretPattern) bool { return p.matches(secret) })
}
