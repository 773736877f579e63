package dump

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/postgres"
)

// parallel takes the table of contents from a pg_dump and the data over
// connections of its own, all of one snapshot.
func (j *job) parallel(ctx context.Context) error {
	if !j.direct {
		return &unshareable{"the server is behind a connection pooler, through which sessions cannot share a snapshot"}
	}
	j.meter.Phase("read the schema")
	lead, err := j.lead(ctx)
	if err != nil {
		return err
	}
	defer lead.close()
	toc, facts, err := j.contents(ctx, lead)
	if err != nil {
		return err
	}
	units, err := planUnits(toc, facts, j.Connections, j.result.Server.Major)
	if err != nil {
		return err
	}
	return j.store(ctx, lead, toc, units)
}

// contents reads what is to be dumped. When it returns, the leader holds a lock
// on each table, so that nothing can change under the data that is yet to come;
// pg_dump has held them until then.
func (j *job) contents(ctx context.Context, lead *leader) (*archive.TOC, facts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	child, err := pgtools.Start(ctx, j.pgDump("--snapshot="+lead.snapshot))
	if err != nil {
		return nil, facts{}, fmt.Errorf("start pg_dump: %w", err)
	}
	output := &watched{reader: child.Stdout(), meter: j.meter}
	toc, err := archive.ReadTOC(bufio.NewReaderSize(output, 64<<10))
	if err != nil {
		return nil, facts{}, j.unreadable(child, output.ended, err)
	}
	facts, err := lead.look(ctx, toc)
	j.result.Warnings = child.Stop().Warnings
	return toc, facts, err
}

// unreadable tells why the table of contents could not be read. Where pg_dump
// has ended by itself, what ended it tells more than where its output ends;
// where it has not, all it would have to say is that nobody reads any more.
func (j *job) unreadable(child *pgtools.Process, ended bool, err error) error {
	if ended {
		if _, failed := child.Wait(); failed != nil {
			return fmt.Errorf("read the schema of database %q: %w", j.target.Database, failed)
		}
	}
	child.Stop()
	switch {
	case errors.Is(err, archive.ErrTooLarge):
		return failure.Wrap(err, failure.DumpRefused,
			"Divide the database: one dump has room for about 600,000 tables, indexes, constraints, grants and other objects.",
			"database %q of server %s has too many objects for one dump", j.target.Database, j.target.Host)
	case errors.Is(err, archive.ErrUnknownVersion):
		return failure.Wrap(err, failure.BackupToolNotFound,
			fmt.Sprintf("Install the client programs of PostgreSQL %d on every worker, or a newer pgvault.", j.result.Server.Major),
			"pg_dump %s writes archives that this pgvault does not know", j.result.Tool.Version)
	}
	return fmt.Errorf("read the schema of database %q from pg_dump %s: %w", j.target.Database, j.result.Tool.Version, err)
}

// store copies the units into blocks of one blob, and commits it.
func (j *job) store(ctx context.Context, lead *leader, toc *archive.TOC, units []*unit) error {
	j.meter.Phase("dump")
	expect(j.meter, units)
	assembly := j.Container.NewAssembly(ctx, j.Blob, blobstore.NewAssemblyPlan(j.Connections, j.result.Database.SizeBytes, j.MemoryBudget), j.meter.Touch)
	c := &copier{job: j, leader: lead, assembly: assembly, encoding: toc.Encoding(), queue: newQueue(units)}
	connections, err := c.run(ctx)
	var a assembled
	if err == nil {
		a, err = assemble(assembly, toc, units, j.encoder.Compression)
	}
	if stored := assembly.Wait(); stored != nil && (err == nil || ctx.Err() == nil) {
		err = fmt.Errorf("store the dump: %w", stored)
	}
	if err != nil {
		return err
	}
	j.result.Layout = Layout{
		Method: Parallel, Reason: "connections can share a snapshot", Connections: connections,
		TOCSize: toc.Size(), Pieces: a.pieces,
	}
	order := a.blocks()
	return j.commit(ctx, blobstore.BlocksOf(order), func(ctx context.Context, meta blobstore.Meta) (blobstore.Blob, error) {
		return assembly.Commit(ctx, order, meta)
	})
}

// classified gives an error of a data connection the code that pg_dump would
// have been given for it.
func (j *job) classified(err error) error {
	if refusal, ok := refusalOf(err); ok {
		refusal.Message = printable(refusal.Message)
		return pgtools.Classify(&pgtools.ExitError{Tool: "COPY", Code: 1, Status: refusal.Code, Stderr: refusal.Severity + ":  " + refusal.Message}, j.target)
	}
	return postgres.Classify(err, j.target)
}

// printable makes a text of the archive's encoding one that can be printed and
// put into JSON.
func printable(text string) string { return strings.ToValidUTF8(text, "?") }
