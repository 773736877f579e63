package instance

import (
	"cmp"
	"net"
	"strconv"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
)

// Instance is one database on one server, with its sign-in and its policy.
type Instance struct {
	Name string `json:"name"`
	// Owner is the owner of the file that defines the instance.
	Owner    string        `json:"owner,omitempty"`
	Server   Server        `json:"server"`
	Database string        `json:"database"`
	SignIn   SignIn        `json:"signIn"`
	Policy   policy.Policy `json:"policy"`
	// Freshness replaces the policy's; 0 means the policy's.
	Freshness policy.ClockDuration `json:"freshness,omitzero"`
	Dump      DumpSettings         `json:"dump"`
	// Drill is nil if the instance's points are not drilled.
	Drill *Drill `json:"drill,omitempty"`
}

// Server is a PostgreSQL server.
type Server struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	TLS  TLS    `json:"tls"`
}

// DefaultPort is PostgreSQL's default port.
const DefaultPort = 5432

// WithDefaults returns the server with defaults for empty fields.
func (s Server) WithDefaults() Server {
	s.Port = cmp.Or(s.Port, DefaultPort)
	s.TLS.Mode = cmp.Or(s.TLS.Mode, TLSVerifyFull)
	return s
}

// Address returns the host and port.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// The TLS modes, as libpq names them.
const (
	TLSVerifyFull = "verify-full"
	TLSVerifyCA   = "verify-ca"
	TLSRequire    = "require"
	TLSDisable    = "disable"
)

// TLS is the protection of the connection to a server.
type TLS struct {
	Mode string `json:"mode"`
	// RootCertificate is the path of a PEM file on the worker; empty means the
	// system's roots.
	RootCertificate string `json:"rootCertificate,omitempty"`
}

// SignIn is either a Key Vault secret or a Microsoft Entra user.
type SignIn struct {
	// KeyVaultSecret is the URL of the secret, without a version.
	KeyVaultSecret string `json:"keyVaultSecret,omitempty"`
	Entra          *Entra `json:"entra,omitempty"`
}

// Entra is a database user that signs in with the worker's identity.
type Entra struct {
	User string `json:"user"`
}

// DumpSettings are the settings of an instance's dumps.
type DumpSettings struct {
	// StallTimeout is the time without any byte moved after which an attempt
	// fails.
	StallTimeout policy.ClockDuration `json:"stallTimeout"`
	// LockTimeout bounds the wait for a table's lock.
	LockTimeout policy.ClockDuration `json:"lockTimeout"`
	// SnapshotLimit is the age of the snapshot at which an attempt fails; 0
	// means none.
	SnapshotLimit policy.ClockDuration `json:"snapshotLimit,omitzero"`
	// Connections is the number of connections that copy tables.
	Connections int         `json:"connections"`
	Compression Compression `json:"compression,omitzero"`
	// Statistics reports whether to dump the planner's statistics, which
	// requires pg_dump 18.
	Statistics bool `json:"statistics,omitempty"`
}

// DefaultConnections is the default number of connections of a dump or restore.
const DefaultConnections = 4

// WithDefaults returns the settings with defaults for empty fields.
func (d DumpSettings) WithDefaults() DumpSettings {
	d.StallTimeout = cmp.Or(d.StallTimeout, policy.ClockDuration(15*time.Minute))
	d.LockTimeout = cmp.Or(d.LockTimeout, policy.ClockDuration(10*time.Minute))
	d.Connections = cmp.Or(d.Connections, DefaultConnections)
	return d
}
