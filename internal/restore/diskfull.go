package restore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// DiskFull returns a [failure.ServerDiskFull] in place of an error by which the job's
// server says that its disk is full. It returns other errors unchanged.
func (j Job) DiskFull(err error) error {
	if failure.CodeOf(err) == failure.ServerDiskFull || !diskFull(err) {
		return err
	}
	return j.noRoom(err, "")
}

func diskFull(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && pgtools.RestoreError{Message: message(answer), State: answer.Code}.DiskFull()
}

// noRoom returns the failure for a full disk. sizes says what the database takes; it
// may be empty.
func (j Job) noRoom(err error, sizes string) error {
	const remedy = "Give the server more storage or free some of it, then start the job again; or name another server."
	text := fmt.Sprintf("the disk of server %s is full%s", j.Account.Server.Address(), sizes)
	var failed *failure.Error
	if !errors.As(err, &failed) {
		return failure.Wrap(err, failure.ServerDiskFull, remedy, "%s", text)
	}
	failed.Code, failed.Action, failed.Message = failure.ServerDiskFull, remedy, text+": "+failed.Message
	return err
}

// noRoom is [Job.DiskFull] for the error of a load. It makes room first.
func (l *loading) noRoom(ctx context.Context, err error) error {
	switch {
	case l.found.diskFull():
		err = l.found.verdict() // a server that crashes for it ends the other connections
	case err == nil || !diskFull(err):
		return err
	}
	if l.server.oid == 0 || l.job.Into != nil || l.job.rowsOnly() {
		return l.job.noRoom(err, "") // the job has made no database
	}
	sizes := l.sizes(ctx)
	if !l.job.KeepFailed {
		l.makeRoom(ctx)
	}
	return l.job.noRoom(err, sizes)
}

// sizes returns the size of the loaded database, and that of the database that was
// backed up, as text.
func (l *loading) sizes(ctx context.Context) string {
	var size int64
	l.askServer(ctx, func(ctx context.Context, conn *pgx.Conn) (bool, error) {
		return true, conn.QueryRow(ctx, "SELECT pg_catalog.pg_database_size($1::oid)", l.server.oid).Scan(&size)
	})
	if size == 0 {
		return ""
	}
	text := fmt.Sprintf(": database %q has taken %s of it", l.job.Unpublished, progress.Size(size))
	if source := l.job.Facts.SizeBytes; source > 0 {
		text += fmt.Sprintf(", and took %s on the server that was backed up", progress.Size(source))
	}
	return text
}

const (
	// roomTables is how many tables are dropped to make room.
	roomTables = 100
	// roomLimit bounds that.
	roomLimit = time.Minute
)

// makeRoom drops the largest tables of the half-loaded database. DROP DATABASE begins
// with a checkpoint, and a server that cannot write one because its disk is full stops
// with a panic, maybe for good. DROP TABLE needs no checkpoint. What fails here is
// left to DROP DATABASE.
func (l *loading) makeRoom(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, roomLimit)
	defer cancel()
	session, err := signin.Open(ctx, l.Source, l.job.inside())
	if err != nil {
		return
	}
	defer session.Close(ctx)
	if l.sameDatabase(ctx, session) != nil {
		return
	}
	rows, err := session.Conn.Query(ctx, `SELECT pg_catalog.format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, n.nspname, c.relname)
		FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'm') AND c.oid >= 16384 ORDER BY pg_catalog.pg_total_relation_size(c.oid) DESC LIMIT $1`, roomTables)
	if err != nil {
		return
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return
	}
	for _, statement := range statements {
		_, _ = session.Conn.Exec(ctx, statement)
	}
}
