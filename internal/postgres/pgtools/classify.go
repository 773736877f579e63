package pgtools

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
)

// cause is a cause of failure, recognized by a child's output. Children run
// with LC_MESSAGES=C, so that their messages and libpq's are English. The
// server's are if its lc_messages says so, as on all managed servers.
type cause struct {
	pattern *regexp.Regexp
	code    failure.Code
	// message and action may contain $1 for the pattern's first group, $server,
	// $database, $user and their quoted forms $"database" and $"user".
	message string
	action  string
}

const again = "It is tried again. If it stays so, look at the server's state and log."

// connectionLost matches errors of a connection that broke or could not be
// made.
var connectionLost = regexp.MustCompile(`server closed the connection unexpectedly|terminating connection|connection to server was lost|SSL connection has been closed unexpectedly|` +
	`SSL SYSCALL error|SSL error: (?:unexpected eof|decryption failed)|could not receive data from server|could not send data to server|no connection to the server|` +
	`the database system is (?:shutting down|starting up|in recovery mode|not yet accepting connections)|Connection reset by peer|Connection refused|` +
	`Connection timed out|timeout expired|No route to host|Network is unreachable|Temporary failure in name resolution`)

// causes are tried in order, the more precise ones first.
var causes = []cause{
	{regexp.MustCompile(`query would be affected by row-level security policy for table (.+)`), failure.RowLevelSecurity,
		`row-level security of table $1 would hide rows from user $user`,
		`ALTER ROLE $"user" BYPASSRLS; (or, where the owner's policies are not forced, grant the table's owner to the user)`},
	{regexp.MustCompile(`permission denied for database`), failure.MissingDBPermissions,
		`user $user lacks CONNECT on database $database of server $server`, `GRANT CONNECT ON DATABASE $"database" TO $"user";`},
	{regexp.MustCompile(`permission denied for ((?:large object|materialized view|foreign table|foreign server|foreign-data wrapper|[a-z]+) .+)`), failure.MissingDBPermissions,
		`user $user lacks a privilege on $1 in database $database of server $server`,
		"`pgvault grants` prints the SQL that gives exactly what is missing."},
	{regexp.MustCompile(`failed to get data for sequence (.+?); user may lack`), failure.MissingDBPermissions,
		`user $user lacks SELECT on sequence $1 in database $database of server $server`,
		"`pgvault grants` prints the SQL that gives exactly what is missing."},
	{regexp.MustCompile(`canceling statement due to lock timeout|canceling statement due to statement timeout[^§]*LOCK TABLE`), failure.LockTimeout,
		`a table's lock in database $database of server $server was not to be had in time`,
		"Another session holds a lock that excludes reading (ALTER TABLE, VACUUM FULL, …): look in pg_locks and pg_stat_activity."},
	{regexp.MustCompile(`server version mismatch`), failure.BackupToolNotFound,
		`this worker's program is older than server $server`, "Install the client programs of the server's PostgreSQL version on every worker."},
	{regexp.MustCompile(`no pg_hba\.conf entry|pg_hba\.conf rejects`), failure.MissingNetworkSecurityPermissions,
		`server $server lets no user $user connect from this worker's address`, "Allow the worker's address in the server's firewall (or pg_hba.conf)."},
	{regexp.MustCompile(`FATAL: +database .* does not exist`), failure.DBNotFound,
		`server $server has no database $database`, "Correct the database's name, in the backup instance or in the restore's --to-database, or create it."},
	{regexp.MustCompile(`could not translate host name .*: (?:Name or service not known|No address associated)`), failure.MissingNetworkSecurityPermissions,
		`the name of server $server is unknown`, "Correct the server's name. For a server with private access, link its private DNS zone to the worker's network."},
	{regexp.MustCompile(`certificate verify failed|server certificate for .* does not match host name|root certificate file .* does not exist|could not read root certificate file`), failure.ServerCertificateInvalid,
		`the certificate of server $server does not verify`, "`pgvault validate` says what is wrong with it."},
	{regexp.MustCompile(`server does not support SSL`), failure.ServerCertificateInvalid,
		`server $server offers no TLS, and the instance demands it`, "Turn on TLS at the server (ssl = on), or set tls.mode of the instance to disable if the way to it is safe."},
	{regexp.MustCompile(`ERROR: +canceling statement due to conflict with recovery`), failure.ServerConnectionClosed,
		`standby $server cancelled the dump in favour of replication`, "It is tried again. Raise max_standby_streaming_delay on the standby, or back up from the primary."},
	{regexp.MustCompile(`missing chunk number|invalid page in block|unexpected chunk|invalid memory alloc request size|could not read block`), failure.DumpRefused,
		`data of database $database on server $server is damaged or cannot be read`, "See the error's text for table and block; look at the server's disk and log, and at the manual's chapter on data corruption."},
	{regexp.MustCompile(`(invalid byte sequence for encoding .+|character with byte sequence .+ has no equivalent in encoding .+)`), failure.DumpRefused,
		`database $database of server $server has text that is none in its encoding: $1`,
		"Find and correct the text (a comment, a default, a function's body, a name): another attempt would meet it again."},
}

// losses are tried on the text before an error that leaves the session open:
// functions of the database may raise any text.
var losses = []cause{
	{regexp.MustCompile(`too many clients already|remaining connection slots are reserved|too many connections for`), failure.ServerConnectionClosed,
		`server $server has no free connection`, again},
	{connectionLost, failure.ServerConnectionClosed,
		`server $server closed the connection, or did not take it`, again},
}

// refused matches errors of a rejected sign-in.
var refused = regexp.MustCompile(`FATAL: +(?:password authentication failed|[A-Za-z-]+ authentication failed|role .* does not exist|role .* is not permitted to log in)|no password supplied`)

// Classify returns the failure of a child with the cause found in its standard
// error, or [failure.Internal] if there is none.
func Classify(exit *ExitError, t postgres.Target) *failure.Error {
	said := withoutWarnings(exit.Stderr)
	if f := found(causes, said, exit, t); f != nil {
		return f
	}
	beforeAnswer, _, _ := strings.Cut(said, "ERROR:  ")
	if f := found(losses, beforeAnswer, exit, t); f != nil {
		return f
	}
	switch {
	case refused.MatchString(said) && t.EntraToken:
		return failure.Wrap(exit, failure.BackupUserAuthFailed, "Make the worker's identity a Microsoft Entra principal of the server (pgaadauth_create_principal), with the user's name.",
			"server %s refuses the Microsoft Entra token of user %q", t.Server(), t.User)
	case refused.MatchString(said):
		return failure.Wrap(exit, failure.DBUserAuthFailed, fmt.Sprintf("Put the valid user and password into the secret. The role must be allowed to log in: ALTER ROLE %s LOGIN;", postgres.QuoteIdent(t.User)),
			"server %s refuses user %q with the secret's password", t.Server(), t.User)
	case exit.Code < 0:
		return failure.Wrap(exit, failure.Internal, "If the worker's machine is short of memory, lower PGVAULT_MAX_DUMPS.", "%s was ended by a signal", exit.Tool)
	}
	return failure.Wrap(exit, failure.Internal, "", "%s failed", exit.Tool)
}

// found returns the failure of the first cause that said matches, or nil.
func found(causes []cause, said string, exit *ExitError, t postgres.Target) *failure.Error {
	words := substitutions(t)
	for _, c := range causes {
		match := c.pattern.FindStringSubmatch(said)
		if match == nil {
			continue
		}
		object := ""
		if len(match) > 1 {
			object = strings.TrimSpace(match[1])
		}
		fill := strings.NewReplacer(append(words, "$1", object)...)
		return failure.Wrap(exit, c.code, fill.Replace(c.action), "%s", fill.Replace(c.message))
	}
	return nil
}

// withoutWarnings removes the warnings of the server at sign-in, such as one
// about an expiring password.
func withoutWarnings(text string) string {
	var b strings.Builder
	warned := false
	for line := range strings.Lines(text) {
		warned = strings.HasPrefix(line, "WARNING:  ") || warned && (strings.HasPrefix(line, "DETAIL:  ") || strings.HasPrefix(line, "HINT:  "))
		if !warned {
			b.WriteString(line)
		}
	}
	return b.String()
}

func substitutions(t postgres.Target) []string {
	return []string{
		"$server", t.Server(), `$"database"`, postgres.QuoteIdent(t.Database), `$"user"`, postgres.QuoteIdent(t.User),
		"$database", fmt.Sprintf("%q", t.Database), "$user", fmt.Sprintf("%q", t.User),
	}
}
