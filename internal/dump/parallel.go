package dump

import (
	"context"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// parallel takes the table of contents from pg_dump and the data over its own
// connections, all with the same snapshot.
func (j *job) parallel(ctx context.Context) error {
	if !j.direct {
		return &unshareable{reason: "the server is behind a connection pooler, through which sessions cannot share a snapshot"}
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

// contents reads the table of contents and the facts. When it returns, the
// leader holds a lock on each table, so that no table can change before its
// data is copied. Until then pg_dump has held the locks.
func (j *job) contents(ctx context.Context, lead *leader) (*archive.TOC, facts, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	from, err := j.open(ctx, postgres.QuickTimeout, "--snapshot="+lead.snapshot)
	if err != nil {
		return nil, facts{}, j.orUnshareable(ctx, err)
	}
	facts, err := lead.lockTables(ctx, from.toc)
	j.result.Warnings = append(j.result.Warnings, from.child.Stop().Warnings...)
	return from.toc, facts, err
}

// store copies the units into blocks of one blob and commits it.
func (j *job) store(ctx context.Context, lead *leader, toc *archive.TOC, units []*unit) error {
	text, err := fingerprint.SettingsSQL(j.text.in(toc))
	if err != nil {
		return err
	}
	j.meter.Phase("dump")
	expect(j.meter, units)
	assembly := j.Container.NewAssembly(ctx, j.Blob, blobstore.NewAssemblyPlan(j.Connections, j.result.Database.SizeBytes, j.MemoryBudget), j.meter.Touch)
	c := &copier{job: j, leader: lead, assembly: assembly, settings: sessionSettings(toc, text, j.Patience), queue: newQueue(units)}
	prints := makeRoom(units)
	connections, err := c.run(ctx)
	if c.refused.Load() {
		j.warn("the server had %d free connections for the data, of the %d that dump.connections asks for: look at the CONNECTION LIMIT of user %q and at max_connections", connections, j.Connections, j.target.User)
	}
	var a assembled
	if err == nil {
		a, err = assemble(assembly, toc, units, j.encoder.Compression)
	}
	if err := stored(ctx, assembly, err); err != nil {
		return err
	}
	j.result.Layout = Layout{
		Method: Parallel, Reason: "connections can share a snapshot", Connections: connections,
		TOCSize: toc.Size(), Pieces: a.pieces,
	}
	lead.close()
	return j.commit(ctx, assembly, a.runs, content{toc, units, prints})
}

// classified returns err with the failure code that the same error of pg_dump
// would have.
func (j *job) classified(err error) error {
	if refusal, ok := refusalOf(err); ok {
		message := printable(refusal.Message)
		if postgres.OfFunction(refusal.Where) {
			message = postgres.Told(refusal) // code of the database may say anything
		}
		exit := &pgtools.ExitError{Tool: "COPY", Code: 1, Status: refusal.Code, Stderr: refusal.Severity + ":  " + message, Whole: postgres.Whole(refusal)}
		known := pgtools.Classify(exit, j.target)
		exit.Stderr = refusal.Severity + ":  " + postgres.Told(refusal) // it is judged by the whole message
		if known.Code == failure.Internal && postgres.Permanent(refusal) {
			return failure.Wrap(postgres.Tell(refusal), failure.DumpRefused, "Another attempt would meet the same: mend what the server names, then `pgvault rerun` the job.",
				"server %s refuses to give data of database %q", j.target.Server(), j.target.Database)
		}
		return known
	}
	return postgres.Classify(err, j.target)
}

// printable replaces the bytes of text that are not UTF-8, so that it can be
// printed and put into JSON.
func printable(text string) string { return strings.ToValidUTF8(text, "?") }
