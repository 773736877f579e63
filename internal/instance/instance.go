package instance

import (
	"cmp"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// Instance is one database on one server, how to sign in to it, and the
// policy that protects it.
type Instance struct {
	Name     string        `json:"name"`
	Server   Server        `json:"server"`
	Database string        `json:"database"`
	SignIn   SignIn        `json:"signIn"`
	Policy   policy.Policy `json:"policy"`
	Dump     DumpSettings  `json:"dump"`
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
	StallTimeout policy.ClockDuration `json:"stallTimeout"`
	// LockTimeout bounds the wait for a table's lock.
	LockTimeout policy.ClockDuration `json:"lockTimeout"`
	// SnapshotLimit ends an attempt that holds its snapshot for so long; 0 means never.
	SnapshotLimit policy.ClockDuration `json:"snapshotLimit,omitzero"`
	// Connections copy tables side by side.
	Connections int         `json:"connections"`
	Compression Compression `json:"compression,omitzero"`
	// Statistics puts the planner's statistics into the dump, which takes pg_dump 18.
	Statistics bool `json:"statistics,omitempty"`
}

// DefaultConnections is how many connections a dump or a restore opens, unless
// told otherwise.
const DefaultConnections = 4

// WithDefaults fills in what is missing.
func (d DumpSettings) WithDefaults() DumpSettings {
	d.StallTimeout = cmp.Or(d.StallTimeout, policy.ClockDuration(15*time.Minute))
	d.LockTimeout = cmp.Or(d.LockTimeout, policy.ClockDuration(10*time.Minute))
	d.Connections = cmp.Or(d.Connections, DefaultConnections)
	return d
}
