package pgtools

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/postgres"
)

// DumpArgs are pg_dump's arguments: a custom-format archive of the whole
// database, owners and privileges included. All identifiers are quoted, since
// the archive may meet a newer server with more reserved words. lockTimeout
// limits the wait for each table's lock. encoding is the database's own: left
// to itself pg_dump takes the client_encoding that the database or the role has
// set, which may have no place for some characters.
func DumpArgs(lockTimeout time.Duration, encoding string) []string {
	return []string{
		"--format=custom", "--no-password", "--quote-all-identifiers", "--encoding=" + encoding,
		fmt.Sprintf("--lock-wait-timeout=%d", lockTimeout.Milliseconds()),
	}
}

// CompressArg is pg_dump's argument for an algorithm and its level. Before
// version 16 there was only gzip, and the level alone was named.
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

// SessionEnv are variables that make the server look whether the child is still
// there. Without it a query that waits for a lock outlives a child that was
// killed, and keeps the locks it has. timeout is [postgres.QuickTimeout], or
// [postgres.StreamTimeout] for a child that streams rows.
func SessionEnv(serverMajor int, timeout time.Duration) []string {
	return []string{"PGOPTIONS=" + postgres.AliveOptions(serverMajor, timeout)}
}

// RestoreEnv is SessionEnv for a pg_restore into a database that nobody uses
// yet. It need not wait for the disk after each of its statements; a later
// commit that does wait for it makes them all lasting. Nor is it stopped by what
// the role that signs in has set: pg_restore takes back time limits only.
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
	// AsStored has names as the bytes that the server holds.
	AsStored = "SQL_ASCII"
	// AsSeen has them as text of the database that they are seen from.
	AsSeen = "UTF8"
)

// RolesArgs are pg_dumpall's arguments: the server's roles without their
// passwords, which only a superuser could read, seen from the given database.
func RolesArgs(database, encoding string) []string {
	return []string{
		"--roles-only", "--no-role-passwords", "--no-password", "--quote-all-identifiers", "--encoding=" + encoding, "--database=" + dbname(database),
	}
}

// AsRole returns the argument with which each of the programs takes on a role,
// none for "".
func AsRole(role string) []string {
	if role == "" {
		return nil
	}
	return []string{"--role=" + role}
}

// RestoreOptions says what of an archive to restore.
type RestoreOptions struct {
	// Owner and ACL keep owners and privileges.
	Owner bool
	ACL   bool
	// Statistics restores the planner's statistics, which the archive of a pg_dump
	// from version 18 on may have, and takes a pg_restore of such a version.
	Statistics bool
	// UseList is a file with the IDs of the entries to restore; "" for all.
	UseList string
	// Archive is the archive's file; "" for the standard input.
	Archive string
	// Jobs is how many connections restore side by side. More than one needs an
	// Archive that can be sought in.
	Jobs int
}

// RestoreArgs are the arguments of a pg_restore of an archive into a database.
// It goes on after errors: [RestoreLog] judges them.
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

// UseList is the content of a list file: pg_restore wants the IDs at the lines' beginnings.
func UseList(dumpIDs []int) []byte {
	var list []byte
	for _, id := range dumpIDs {
		list = fmt.Appendf(list, "%d;\n", id)
	}
	return list
}

// JobsWork reports whether a pg_restore of one major version can restore side by
// side into a server of another. From 17 on it sends a setting that an older
// server does not know, which is harmless in one session and fatal in several.
func JobsWork(toolMajor, serverMajor int) bool { return toolMajor <= 16 || serverMajor >= toolMajor }

// ListArgs are the arguments of a pg_restore that prints the table of contents
// of the archive on its standard input.
func ListArgs() []string { return []string{"--list"} }

// dbname makes a database's name an argument. The programs take a name with
// "=" in it, or one that begins like a URI, for a connection string: such a
// name is put into one.
func dbname(name string) string {
	if !strings.Contains(name, "=") && !strings.HasPrefix(name, "postgres://") && !strings.HasPrefix(name, "postgresql://") {
		return name
	}
	return "dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name) + "'"
}
