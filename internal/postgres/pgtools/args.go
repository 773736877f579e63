package pgtools

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/postgres"
)

// DumpArgs returns pg_dump's arguments for a custom-format archive of the whole
// database, with owners and privileges. All identifiers are quoted, since a
// newer server may have more reserved words. lockTimeout bounds the wait for
// each table's lock. encoding must be the database's: by default pg_dump uses
// the client_encoding of the database or role, in which some characters may be
// missing.
func DumpArgs(lockTimeout time.Duration, encoding string) []string {
	return []string{
		"--format=custom", "--no-password", "--quote-all-identifiers", "--encoding=" + encoding,
		fmt.Sprintf("--lock-wait-timeout=%d", lockTimeout.Milliseconds()),
	}
}

// CompressArg returns pg_dump's argument for an algorithm and its level. Before
// version 16 there is only gzip, and the argument is the level.
func CompressArg(toolMajor int, algorithm string, level int) string {
	switch {
	case algorithm == "none":
		return "--compress=0"
	case toolMajor < 16:
		return fmt.Sprintf("--compress=%d", level)
	case level == 0:
		return "--compress=" + algorithm
	}
	return fmt.Sprintf("--compress=%s:%d", algorithm, level)
}

// SessionEnv returns variables that make the server check whether the child is
// still connected. Otherwise a query that waits for a lock outlives a killed
// child and keeps its locks. timeout is [postgres.QuickTimeout], or
// [postgres.StreamTimeout] for a child that streams rows.
func SessionEnv(serverMajor int, timeout time.Duration) []string {
	return []string{"PGOPTIONS=" + postgres.AliveOptions(serverMajor, timeout)}
}

// RestoreEnv is like SessionEnv for a pg_restore into an unpublished database.
// Its statements need not wait for the disk, since a later synchronous commit
// flushes them all. It also disables settings of the role that would stop
// pg_restore, which itself resets timeouts only.
func RestoreEnv(serverMajor int) []string {
	options := `-c synchronous_commit=off -c default_transaction_read_only=off -c default_transaction_isolation=read\ committed` +
		" -c default_transaction_deferrable=off -c exit_on_error=off " + postgres.AliveOptions(serverMajor, postgres.QuickTimeout)
	if serverMajor >= 14 {
		options += " -c idle_session_timeout=0"
	}
	return []string{"PGOPTIONS=" + options}
}

// The encodings in which pg_dumpall writes roles.
const (
	// AsStored writes names as the bytes that the server stores.
	AsStored = "SQL_ASCII"
	// AsSeen writes names as text of the database that pg_dumpall connects to.
	AsSeen = "UTF8"
)

// RolesArgs returns pg_dumpall's arguments for the server's roles, read from
// the given database. Passwords are left out, since only a superuser can read
// them.
func RolesArgs(database, encoding string) []string {
	return []string{
		"--roles-only", "--no-role-passwords", "--no-password", "--quote-all-identifiers", "--encoding=" + encoding, "--database=" + dbname(database),
	}
}

// AsRole returns the argument that makes each of the programs set a role; none
// for "".
func AsRole(role string) []string {
	if role == "" {
		return nil
	}
	return []string{"--role=" + role}
}

// RestoreOptions selects what to restore from an archive.
type RestoreOptions struct {
	// Owner and ACL report whether to restore owners and privileges.
	Owner bool
	ACL   bool
	// Statistics reports whether to restore the planner's statistics. They need
	// a pg_restore of version 18 or later.
	Statistics bool
	// UseList is the path of a file with the IDs of the entries to restore; ""
	// for all.
	UseList string
	// Archive is the path of the archive; "" for the standard input.
	Archive string
	// Jobs is the number of connections. More than one needs a seekable
	// Archive.
	Jobs int
}

// RestoreArgs returns the arguments of a pg_restore of an archive into a
// database. pg_restore continues after errors, which [RestoreLog] judges.
func RestoreArgs(database string, o RestoreOptions) []string {
	args := []string{"--no-password", "--dbname=" + dbname(database)}
	if o.UseList != "" {
		args = append(args, "--use-list="+o.UseList)
	}
	if o.Jobs > 1 {
		args = append(args, fmt.Sprintf("--jobs=%d", o.Jobs))
	}
	if o.Statistics {
		args = append(args, "--statistics")
	}
	if !o.Owner {
		args = append(args, "--no-owner")
	}
	if !o.ACL {
		args = append(args, "--no-acl")
	}
	if o.Archive != "" {
		args = append(args, o.Archive)
	}
	return args
}

// UseList returns the content of a list file: one ID at the beginning of each
// line.
func UseList(dumpIDs []int) []byte {
	var list []byte
	for _, id := range dumpIDs {
		list = fmt.Appendf(list, "%d;\n", id)
	}
	return list
}

// JobsWork reports whether a pg_restore of one major version can use several
// connections to a server of another. From version 17 on it sends a setting
// that an older server does not know, which is harmless with one connection and
// fatal with several.
func JobsWork(toolMajor, serverMajor int) bool { return toolMajor <= 16 || serverMajor >= toolMajor }

// ListArgs returns the arguments of a pg_restore that prints the table of
// contents of the archive on its standard input.
func ListArgs() []string { return []string{"--list"} }

// dbname returns a database name as an argument. The programs take a name that
// contains "=" or starts like a URI for a connection string, so such a name is
// put into one.
func dbname(name string) string {
	if !strings.Contains(name, "=") && !strings.HasPrefix(name, "postgres://") && !strings.HasPrefix(name, "postgresql://") {
		return name
	}
	return "dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "'"
}
