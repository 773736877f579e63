package config

import (
	"cmp"
	"time"

	"github.com/pgvault/pgvault/internal/outage"
)

// File is the content of pgvault.yaml, with its defaults filled in.
type File struct {
	Vault     Vault
	Policies  map[string]Policy
	Instances []Instance // sorted by name
}

// Vault says where the backups are and how they are swept.
type Vault struct {
	// Container is the URL of the blob container.
	Container string `json:"container"`
	Sweep     Sweep  `json:"sweep"`
	// SoftDelete says how long what is deleted can be brought back.
	SoftDelete SoftDelete `json:"softDelete,omitzero"`
	// Immutability says whether the storage keeps points from being deleted.
	Immutability Immutability `json:"immutability,omitempty"`
	// Patience is how long jobs wait for a server, the storage, a Key Vault or
	// Temporal that is away; 0 means [outage.DefaultPatience].
	Patience ClockDuration `json:"patience,omitzero"`
}

// Waits is how long jobs wait for what is away.
func (v Vault) Waits() time.Duration {
	return cmp.Or(time.Duration(v.Patience), outage.DefaultPatience)
}

// Sweep says when expired recovery points are removed.
type Sweep struct {
	Schedule Schedule `json:"schedule"`
	// OrphanGrace is how long the remains of a failed attempt are left alone.
	OrphanGrace ClockDuration `json:"orphanGrace"`
}

// Schedule is a set of times on days of the week.
type Schedule struct {
	Times    []TimeOfDay `json:"times"`
	Days     []Weekday   `json:"days"`
	TimeZone string      `json:"timeZone"`
	// Jitter delays each start by a random time up to this.
	Jitter ClockDuration `json:"jitter"`
	// CatchUpWindow is how late a job may still start after an outage.
	CatchUpWindow ClockDuration `json:"catchUpWindow"`
}

// Instance is one database on one server, how to sign in to it, and the
// policy that protects it.
type Instance struct {
	Name     string       `json:"name"`
	Server   Server       `json:"server"`
	Database string       `json:"database"`
	SignIn   SignIn       `json:"signIn"`
	Policy   Policy       `json:"policy"`
	Dump     DumpSettings `json:"dump"`
}

// Server is a PostgreSQL server.
type Server struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	TLS  TLS    `json:"tls"`
}

// DefaultPort is PostgreSQL's.
const DefaultPort = 5432

// WithDefaults fills in what is missing.
func (s Server) WithDefaults() Server {
	s.Port = cmp.Or(s.Port, DefaultPort)
	s.TLS.Mode = cmp.Or(s.TLS.Mode, TLSVerifyFull)
	return s
}

// TLS modes, libpq's own.
const (
	TLSVerifyFull = "verify-full"
	TLSVerifyCA   = "verify-ca"
	TLSRequire    = "require"
	TLSDisable    = "disable"
)

// TLS says how the connection to a server is protected.
type TLS struct {
	Mode string `json:"mode"`
	// RootCertificate is a PEM file on the worker; empty means the system's roots.
	RootCertificate string `json:"rootCertificate,omitempty"`
}

// SignIn is a Key Vault secret or a Microsoft Entra user, exactly one of them.
type SignIn struct {
	// KeyVaultSecret is the URL of the secret, without a version.
	KeyVaultSecret string `json:"keyVaultSecret,omitempty"`
	Entra          *Entra `json:"entra,omitempty"`
}

// Entra is a database user that signs in with the worker's own identity.
type Entra struct {
	User string `json:"user"`
}

// DumpSettings bound a dump that does not get on.
type DumpSettings struct {
	// StallTimeout ends an attempt whose bytes have not moved for so long.
	StallTimeout ClockDuration `json:"stallTimeout"`
	// LockTimeout bounds the wait for a table's lock.
	LockTimeout ClockDuration `json:"lockTimeout"`
	// SnapshotLimit ends an attempt that holds its snapshot for so long; 0 means never.
	SnapshotLimit ClockDuration `json:"snapshotLimit,omitzero"`
	// Connections copy tables side by side.
	Connections int         `json:"connections"`
	Compression Compression `json:"compression,omitzero"`
	// Statistics puts the planner's statistics into the dump, which takes pg_dump 18.
	Statistics bool `json:"statistics,omitempty"`
}

// DefaultConnections is how many connections a dump or a restore opens, unless
// told otherwise.
const DefaultConnections = 4

// Compression is an algorithm of pg_dump's and its level, written as "zstd:3".
// The zero value leaves both to the program.
type Compression struct {
	// Algorithm is none, gzip, lz4 or zstd.
	Algorithm string
	// Level is 0 where none is given.
	Level int
}

// IsZero tells that nothing was chosen.
func (c Compression) IsZero() bool { return c.Algorithm == "" }

// WithDefaults fills in what is missing.
func (d DumpSettings) WithDefaults() DumpSettings {
	d.StallTimeout = cmp.Or(d.StallTimeout, ClockDuration(15*time.Minute))
	d.LockTimeout = cmp.Or(d.LockTimeout, ClockDuration(10*time.Minute))
	d.Connections = cmp.Or(d.Connections, DefaultConnections)
	return d
}
