package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// moveLocks bounds the wait for each lock. Whoever comes after a waiting ALTER
// TABLE waits too.
const moveLocks = "5s"

// Moved is the outcome of [Restorer.MoveInto].
type Moved struct {
	// Tables are the names of the restored tables.
	Tables []TableName
	// Notes lists what differs from the dump, and what is left to do.
	Notes []string
}

// MoveInto moves the loaded tables of an attempt to their place, in one
// transaction. If an earlier call has done so, MoveInto does nothing. An error
// with [failure.LockTimeout] means that another session uses a table for now, and
// that MoveInto may be called again.
func (r Restorer) MoveInto(ctx context.Context, job Job, dump Dump, oid uint32) (moved Moved, err error) {
	err = r.planned(ctx, job, dump, func(ctx context.Context, toc *archive.TOC, _ selection.Chosen, p *rescue) error {
		session, err := r.openInto(ctx, job, toc)
		if err != nil {
			return err
		}
		defer session.Close(ctx)
		for _, t := range p.tables {
			moved.Tables = append(moved.Tables, t.to)
		}
		m := &mover{plan: p, session: session, own: p.schemas(oid)}
		if err := m.move(ctx, oid); err != nil {
			return err // the end of the session rolls back
		}
		moved.Notes = p.notes.Lines()
		return nil
	})
	return moved, err
}

// mover moves the tables in one transaction.
type mover struct {
	plan    *rescue
	session *intoSession
	own     schemas
}

func (m *mover) move(ctx context.Context, oid uint32) error {
	done, err := m.begin(ctx, oid)
	if err != nil || done {
		return err
	}
	if err := m.plan.refuseExisting(ctx, m.session); err != nil {
		return err
	}
	if err := m.makeSchemas(ctx); err != nil {
		return err
	}
	if err := m.avoidNames(ctx); err != nil {
		return err
	}
	if err := m.session.run(ctx, "move the tables", m.moves()); err != nil {
		return err
	}
	if err := m.session.generated(ctx, "move the statistics", m.statisticsMoves()); err != nil {
		return err
	}
	if err := m.inherit(ctx); err != nil {
		return err
	}
	if err := m.addKeys(ctx); err != nil {
		return err
	}
	var b strings.Builder
	for _, name := range m.own.names() {
		b.WriteString("COMMENT ON SCHEMA " + name + " IS " + postgres.QuoteLiteral(movedComment) + "; ")
	}
	return m.session.run(ctx, "commit", b.String()+"COMMIT")
}

// begin begins the transaction. It waits for that of an earlier call, which may be
// about to commit, and reports whether the tables are in place.
func (m *mover) begin(ctx context.Context, oid uint32) (done bool, err error) {
	err = m.session.run(ctx, "begin to move the tables", fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL lock_timeout = '%s'; SELECT pg_catalog.pg_advisory_xact_lock(%d)", moveLocks, lockOf(oid)))
	if err != nil {
		return false, err
	}
	comments, err := m.session.texts(ctx, "look at the job's schemas", "SELECT coalesce(pg_catalog.obj_description(oid, 'pg_namespace'), '') FROM pg_catalog.pg_namespace WHERE oid IN "+m.own.oids())
	if err != nil {
		return false, err
	}
	if len(comments) != len(m.own) {
		return false, failure.New(failure.RestoreStatement, "restore again", "the loaded tables are no longer in database %q on server %s: somebody dropped the schemas of the job",
			m.plan.job.Account.Database, m.plan.job.Account.Server.Host)
	}
	if comments[0] != movedComment {
		return false, nil
	}
	return true, m.session.run(ctx, "look at the job's schemas", "COMMIT")
}

// lockOf returns the key of the advisory lock of an attempt.
func lockOf(oid uint32) int64 {
	const pgvault = 0x70677661 // "pgva", so that the keys of others are unlikely to be the same
	return pgvault<<32 | int64(oid)
}

// makeSchemas creates the schemas that the database lacks.
func (m *mover) makeSchemas(ctx context.Context) error {
	for _, name := range m.plan.destinations() {
		there, err := m.session.yes(ctx, "EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.=) "+postgres.QuoteLiteral(name)+")")
		if err != nil {
			return err
		}
		if there {
			continue
		}
		if err := m.session.run(ctx, "create a schema", "CREATE SCHEMA "+postgres.QuoteIdent(name)); err != nil {
			return err
		}
		m.plan.notes.Add(fmt.Sprintf("schema %s was created; it belongs to %s, and nobody else has a right to it", shown(postgres.QuoteIdent(name)), shown(postgres.QuoteIdent(m.session.Target.User))))
	}
	return nil
}

// moves returns the statements that move the tables.
func (m *mover) moves() string {
	var b strings.Builder
	for _, t := range m.plan.tables {
		at := m.own.at(t.from)
		if t.to.Name != at.Name {
			fmt.Fprintf(&b, "ALTER TABLE %s RENAME TO %s; ", at.SQL(), postgres.QuoteIdent(t.to.Name))
			at.Name = t.to.Name
		}
		fmt.Fprintf(&b, "ALTER TABLE %s SET SCHEMA %s; ", at.SQL(), postgres.QuoteIdent(t.to.Schema))
	}
	return b.String()
}

// statisticsMoves returns the query for the statements that move the statistics
// objects, which do not follow their tables.
func (m *mover) statisticsMoves() string {
	return fmt.Sprintf(`SELECT pg_catalog.format('ALTER STATISTICS %%I.%%I SET SCHEMA %%I', s.nspname, stxname, t.nspname)
		FROM pg_catalog.pg_statistic_ext JOIN pg_catalog.pg_namespace s ON s.oid OPERATOR(pg_catalog.=) stxnamespace
		JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) stxrelid JOIN pg_catalog.pg_namespace t ON t.oid OPERATOR(pg_catalog.=) relnamespace
		WHERE stxnamespace IN %s`, m.own.oids())
}
