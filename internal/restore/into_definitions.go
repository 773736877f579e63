package restore

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// definitionsLock bounds the wait for a lock in the database of the definitions,
// which nobody else uses.
const definitionsLock = time.Minute

// definitions returns the job that restores the definitions of the selection
// into a database of its own.
func (j Job) definitions() Job {
	j.Into = nil
	j.Wanted.Content = selection.SchemaOnly
	j.KeepFailed, j.Statistics = false, false
	j.Fingerprints = nil
	return j
}

// redefined are the definitions of the tables in the job's own schemas.
type redefined struct {
	toc *archive.TOC
	// needs are the other objects that they refer to.
	needs []need
}

// redefine moves the tables of the database of the definitions into the job's own
// schemas, and returns the definitions that they have there. PostgreSQL itself
// writes the new names into them.
func (r Restorer) redefine(ctx context.Context, p *rescue, toc *archive.TOC, own schemas, share *memory.Share) (d redefined, err error) {
	account := p.job.Account
	account.Database = p.job.Unpublished
	session, err := r.openNamed(ctx, account, toc)
	if err != nil {
		return d, err
	}
	defer session.Close(ctx)
	if err := session.run(ctx, "move the definitions", p.moveDefinitions(own)); err != nil {
		return d, err
	}
	more, err := session.texts(ctx, "look for statistics and inheritance", followDefinitions(own))
	if err != nil {
		return d, err
	}
	if err := session.run(ctx, "move the definitions", strings.Join(more, "; ")); err != nil {
		return d, err
	}
	if d.needs, err = session.needs(ctx, own); err != nil {
		return d, err
	}
	d.toc, err = r.dumpDefinitions(ctx, session.Session, toc.Encoding(), own, share)
	return d, err
}

// moveDefinitions returns the statements that move the tables.
func (p *rescue) moveDefinitions(own schemas) string {
	var b strings.Builder
	for _, name := range own.names() {
		b.WriteString("CREATE SCHEMA " + name + "; ")
	}
	for _, t := range p.tables {
		fmt.Fprintf(&b, "ALTER TABLE %s SET SCHEMA %s; ", t.from.SQL(), own[t.from.Schema])
	}
	return b.String()
}

// followDefinitions returns the query for the statements that move the statistics
// objects of the moved tables, and end their inheritance from other tables: rows
// would be seen through those.
func followDefinitions(own schemas) string {
	return fmt.Sprintf(`SELECT pg_catalog.format('ALTER STATISTICS %%I.%%I SET SCHEMA %%I', (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid OPERATOR(pg_catalog.=) stxnamespace), stxname,
			(SELECT nspname FROM pg_catalog.pg_namespace WHERE oid OPERATOR(pg_catalog.=) relnamespace))
		FROM pg_catalog.pg_statistic_ext JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) stxrelid
		WHERE relnamespace IN %[1]s AND stxnamespace OPERATOR(pg_catalog.<>) relnamespace
		UNION ALL SELECT pg_catalog.format('ALTER TABLE %%s NO INHERIT %%s', inhrelid::pg_catalog.regclass, inhparent::pg_catalog.regclass)
		FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) inhrelid JOIN pg_catalog.pg_class p ON p.oid OPERATOR(pg_catalog.=) inhparent
		WHERE c.relnamespace IN %[1]s AND p.relnamespace NOT IN %[1]s AND NOT c.relispartition AND c.relkind OPERATOR(pg_catalog.=) ANY ('{r,f}')`, own.oids())
}

// dumpDefinitions returns the table of contents of a dump of the schemas.
func (r Restorer) dumpDefinitions(ctx context.Context, session *signin.Session, encoding string, own schemas, share *memory.Share) (*archive.TOC, error) {
	server, err := postgres.ReadServer(ctx, session.Conn)
	if err != nil {
		return nil, err
	}
	tool, err := pgtools.Choose(r.Tools, server.Major)
	if err != nil {
		return nil, err
	}
	direct, err := postgres.Direct(ctx, session.Conn)
	if err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	var env []string
	if direct {
		env = pgtools.SessionEnv(server.Major, postgres.QuickTimeout)
	}
	args := slices.Concat(pgtools.DumpArgs(definitionsLock, cmp.Or(encoding, "UTF8")), []string{pgtools.CompressArg(tool.Major, "none", 0), "--schema-only"})
	for _, name := range own.names() {
		args = append(args, "--schema="+name)
	}
	child, err := pgtools.Start(ctx, pgtools.Command{Path: tool.Path(pgtools.Dump), Args: args, Target: session.Target, ExtraEnv: env})
	if err != nil {
		return nil, fmt.Errorf("start pg_dump: %w", err)
	}
	toc, err := archive.ReadTOCWithin(bufio.NewReader(child.Stdout()), archive.Room{More: share.Grow})
	if err != nil {
		return nil, fmt.Errorf("read the definitions of database %q: %w", session.Target.Database, cmp.Or(child.Abandon(), err))
	}
	child.Stop()
	return toc, nil
}
