package pgtools

import (
	"fmt"
	"strings"
	"time"
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

// SessionEnv are variables that make the server look whether the child is still
// there while its query runs. Without it a query that waits for a lock outlives
// a child that was killed, and keeps the locks it has. Servers before version
// 14 cannot, and would refuse the connection.
func SessionEnv(serverMajor int) []string {
	if serverMajor < 14 {
		return nil
	}
	return []string{"PGOPTIONS=-c client_connection_check_interval=2000"}
}

// RolesArgs are pg_dumpall's arguments: the server's roles without their
// passwords, which only a superuser could read, seen from the given database.
func RolesArgs(database string) []string {
	return []string{"--roles-only", "--no-role-passwords", "--no-password", "--quote-all-identifiers", "--database=" + dbname(database)}
}

// RestoreOptions says what of an archive to restore.
type RestoreOptions struct {
	// Owner and ACL keep owners and privileges.
	Owner bool
	ACL   bool
}

// RestoreArgs are the arguments of a pg_restore that reads an archive from its
// standard input into a database. It goes on after errors: [RestoreLog] judges them.
func RestoreArgs(database string, o RestoreOptions) []string {
	args := []string{"--no-password", "--dbname=" + dbname(database)}
	if !o.Owner {
		args = append(args, "--no-owner")
	}
	if !o.ACL {
		args = append(args, "--no-acl")
	}
	return args
}

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
