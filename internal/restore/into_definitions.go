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

// redefine moves the tables of the database of the definitions into the job's own
// schemas, and returns the definitions that they have there. PostgreSQL itself
// writes the new names into them.
func (r Restorer) redefine(ctx context.Context, p rescue, toc *archive.TOC, own schemas, share *memory.Share) (*archive.TOC, error) {
	account := p.job.Account
	account.Database = p.job.Unpublished
	session, err := r.openNamed(ctx, account, toc)
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx)
	if err := session.run(ctx, "move the definitions", p.moveDefinitions(own)); err != nil {
		return nil, err
	}
	return r.dumpDefinitions(ctx, session.Session, toc.Encoding(), own, share)
}

// moveDefinitions returns the statements that move the tables of the database of
// the definitions.
func (p rescue) moveDefinitions(own schemas) string {
	var b strings.Builder
	for _, name := range own.names() {
		b.WriteString("CREATE SCHEMA " + name + "; ")
	}
	for _, t := range p.tables {
		fmt.Fprintf(&b, "ALTER TABLE %s SET SCHEMA %s; ", t.from.SQL(), postgres.QuoteIdent(own[t.from.Schema]))
	}
	return b.String()
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
	toc, err := archive.ReadTOCWithin(bufio.NewReader(child.Stdout()), archive.Room{Bytes: 0, More: share.Grow})
	if err != nil {
		return nil, fmt.Errorf("read the definitions of database %q: %w", session.Target.Database, cmp.Or(child.Abandon(), err))
	}
	child.Stop()
	return toc, nil
}
