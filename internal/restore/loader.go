package restore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// loader is a connection that loads data.
type loader struct {
	*loading
	session *signin.Session
	// backend is the PID of the session's server process; 0 if unknown.
	backend uint32
	// line is open while the connection has work.
	line *progress.Line
}

const (
	// rowSettings are pg_restore's settings without those that every session
	// and the archive set. Other settings are the database's, as under
	// pg_restore: DateStyle, TimeZone and the like affect checks, generated
	// columns and indexes, but not how rows are read. An exception is
	// array_nulls, which null elements of arrays require.
	rowSettings = `SET xmloption = content; SET row_security = off; SET check_function_bodies = false;
		SET escape_string_warning = off; SET array_nulls = on`
	// settings also disable synchronous commit: the commit that publishes the
	// database flushes everything before it. Indexes are made in the archive's
	// tablespaces.
	settings = rowSettings + `; SET synchronous_commit = off; SET default_tablespace = ''`
	// askLimit bounds the query for the outcome of a transaction.
	askLimit = time.Minute
)

// connect opens a session in the account's database.
func (l *loading) connect(ctx context.Context, account signin.Account, statements string) (*loader, error) {
	session, err := signin.Open(ctx, l.Source, account)
	if err != nil {
		return nil, err
	}
	statements += "; " + l.toc.SessionSQL() + postgres.AliveStatement(postgres.StreamTimeout(l.Patience))
	if _, err := session.Conn.PgConn().Exec(ctx, statements).ReadAll(); err != nil {
		defer session.Close(ctx)
		return nil, fmt.Errorf("prepare the session: %w", postgres.Ended(ctx, postgres.Classify(err, session.Target)))
	}
	backend, err := backendOf(ctx, session)
	if err != nil {
		defer session.Close(ctx)
		return nil, postgres.Classify(err, session.Target)
	}
	if err := l.sameDatabase(ctx, session); err != nil {
		defer session.Close(ctx)
		return nil, err
	}
	return &loader{loading: l, session: session, backend: backend}, nil
}

// load loads a run. After a refused region it opens the dump again at the next
// one, since the reader was cancelled.
func (l *loader) load(ctx context.Context, regions run) error {
	for len(regions) > 0 && !l.failed() {
		done, err := l.begin(ctx, regions)
		if err != nil {
			return err
		}
		regions = regions[done:]
	}
	return nil
}

// begin loads the regions of a run up to the first refused one and returns the
// number of regions done. A statement that fails because of the data is a
// finding, not an error.
func (l *loader) begin(ctx context.Context, regions run) (done int, err error) {
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	body, err := l.dump.Open(reading, regions[0].offset, regions.length())
	if err != nil {
		return 0, fmt.Errorf("open the dump: %w", err)
	}
	defer func() { _ = body.Close() }()
	input := io.TeeReader(body, l.line)
	for i, part := range regions {
		err := l.region(ctx, io.LimitReader(input, part.length), part, cancel)
		if err != nil {
			return i + 1, l.judge(ctx, err, part.entry)
		}
		if err := l.tally.loaded(part); err != nil {
			return i + 1, l.judge(ctx, &readError{err}, part.entry)
		}
	}
	return len(regions), nil
}

func (l *loader) region(ctx context.Context, from io.Reader, part region, cancel func()) error {
	var err error
	if part.entry.Desc == archive.DescLargeObjects {
		err = l.largeObjects(ctx, from, part)
	} else {
		err = l.table(ctx, from, part, cancel)
	}
	if err != nil {
		return err
	}
	// Skip to the next region.
	if _, err := io.Copy(io.Discard, from); err != nil {
		return &readError{err}
	}
	return nil
}

// judge returns an error of the dump or the connection, which ends the attempt.
// It records an error of the statement as a finding, since every attempt would
// meet it.
func (l *loader) judge(ctx context.Context, err error, e *archive.Entry) error {
	if err == nil {
		return nil
	}
	doing := fmt.Sprintf("restore %s %s", strings.ToLower(e.Desc), name(e))
	var unread *readError
	if errors.As(err, &unread) {
		return postgres.Ended(ctx, l.dump.damagedOr(unread.error, doing))
	}
	var answer *pgconn.PgError
	if !errors.As(err, &answer) || ctx.Err() != nil || passing(answer) {
		return fmt.Errorf("%s: %w", doing, postgres.Ended(ctx, postgres.Classify(err, l.session.Target)))
	}
	l.found.add(nil, []pgtools.RestoreError{{TOCEntry: e.Desc + " " + name(e), Statement: strings.TrimSpace(cmp.Or(e.CopyStmt, e.Defn)), Message: message(answer), Told: postgres.Told(answer), State: answer.Code}})
	return nil
}

// message returns a server's message with what tells its cause. It stays within
// the worker.
func message(answer *pgconn.PgError) string {
	text := answer.Message
	if answer.Detail != "" {
		text += "\nDETAIL:  " + answer.Detail
	}
	if answer.Where != "" {
		text += "\nCONTEXT:  " + answer.Where
	}
	return strings.ToValidUTF8(text, "?")
}

// name returns an entry's name for messages.
func name(e *archive.Entry) string {
	text := e.Tag
	if e.Namespace != "" {
		text = e.Namespace + "." + e.Tag
	}
	return strings.ToValidUTF8(text, "?")
}

// readError is an error of reading the dump. It keeps an outage of the storage
// from being taken for the server's.
type readError struct{ error }

func (e *readError) Unwrap() error { return e.error }
