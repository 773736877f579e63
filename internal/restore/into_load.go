package restore

import (
	"context"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
)

// LoadInto makes the selected tables in schemas that only the job uses, and loads
// their rows. It first drops those of earlier attempts. The OID of the result
// identifies the attempt for [Restorer.MoveInto].
func (r Restorer) LoadInto(ctx context.Context, job Job, dump Dump, m *progress.Meter) (loaded Loaded, err error) {
	err = r.Memory.Run(ctx, job.memoryJob(dump, m), dump.memory(job.connections()), func(ctx context.Context, share *memory.Share) (err error) {
		loaded, err = r.loadInto(ctx, job, dump, share, m)
		return err
	})
	return loaded, err
}

// loadInto is LoadInto with a share of the worker's memory.
func (r Restorer) loadInto(ctx context.Context, job Job, dump Dump, share *memory.Share, m *progress.Meter) (Loaded, error) {
	defined, err := r.load(ctx, job.definitions(), dump, share, m)
	if err != nil {
		return defined, err
	}
	m.Phase("read table of contents")
	toc, chosen, err := dump.choose(ctx, job.Wanted, share)
	if err != nil {
		return defined, err
	}
	plan, err := newRescue(job, toc, chosen)
	if err != nil {
		return defined, err
	}
	own := plan.schemas(defined.OID)
	definitions, err := r.redefine(ctx, plan, toc, own, share)
	if err != nil {
		return defined, err
	}
	if err := own.rename(toc, definitions); err != nil {
		return defined, dump.damagedOr(err, "read the tables' columns")
	}
	l := newLoading(r, job, dump, toc, chosen, m)
	l.share, l.server.oid = share, defined.OID
	n := &intoLoading{loading: l, definitions: definitions, own: own}
	if n.sequenceValues, err = own.sequenceValues(toc, definitions); err != nil {
		return defined, dump.damagedOr(err, "read the sequences")
	}
	if err := l.watched(ctx, n.fill); err != nil {
		return defined, err
	}
	rows := l.taken.Load()
	defined.Rows = &rows
	defined.Notes = append(chosen.Notes, l.places.notes(l.connections())...)
	return defined, l.found.verdict()
}

// rename gives the entries with rows the names that their tables have in the
// job's schemas. The entries of the session's settings become those of the
// definitions.
func (s schemas) rename(toc, definitions *archive.TOC) error {
	for i := range toc.Entries {
		e := &toc.Entries[i]
		into, ok := s[e.Namespace]
		switch {
		case e.Desc == "STDSTRINGS":
			e.Defn = "SET standard_conforming_strings = '" + definitions.StandardStrings() + "';"
		case ok && e.Desc == "TABLE":
			e.Namespace = into
		case ok && e.Desc == archive.DescTableData:
			_, columns, err := e.CopyTarget()
			if err != nil {
				return err
			}
			e.Namespace = into
			e.CopyStmt = "COPY " + sqlName(e) + " " + columns + " FROM stdin;\n"
		}
	}
	return nil
}

// intoLoading fills the job's schemas.
type intoLoading struct {
	*loading
	definitions *archive.TOC
	own         schemas
	// sequenceValues are the statements that set the sequences.
	sequenceValues string
}

func (n *intoLoading) fill(ctx context.Context) error {
	if err := n.locate(ctx); err != nil {
		return err
	}
	if err := n.dropSchemas(ctx); err != nil {
		return err
	}
	steps := planSteps(n.definitions, n.own.has)
	parts, err := n.parts()
	if err != nil {
		return err
	}
	turns, parts := n.inTurn(parts)
	parts = share(parts, n.connections())
	n.tally = newTally(n.meter, slices.Concat(slices.Concat(turns...), parts))
	agenda := newAgenda(turns, newQueue(runs(parts), n.connections()), map[int]*followers{})
	n.tally.whole = agenda.loaded
	n.meter.Phase("schema")
	if err := n.define(ctx, steps.before, "CREATE SCHEMA "+strings.Join(n.own.names(), "; CREATE SCHEMA ")); err != nil || n.failed() {
		return err
	}
	n.meter.Phase("data")
	if err := n.data(ctx, agenda); err != nil || n.failed() {
		return err
	}
	n.meter.Phase(phaseIndexes)
	if err := n.define(ctx, steps.after, n.sequenceValues); err != nil || n.failed() {
		return err
	}
	n.meter.Phase("grants")
	return n.define(ctx, steps.acl, "")
}

// define makes the entries of the definitions one after another.
func (n *intoLoading) define(ctx context.Context, dumpIDs []int, first string) error {
	loader, err := n.connect(ctx, n.job.Account, settings)
	if err != nil {
		return err
	}
	defer loader.session.Close(ctx)
	loader.line = loader.sessionLine("restore definitions", loader.backend)
	defer loader.line.Close()
	if first != "" {
		if err := loader.prepare(ctx, first); err != nil {
			return err
		}
	}
	var entries []*archive.Entry
	for _, id := range dumpIDs {
		if e, ok := n.definitions.Find(id); ok {
			entries = append(entries, e)
		}
	}
	return loader.make(ctx, entries)
}

// dropSchemas drops the schemas of earlier attempts.
func (n *intoLoading) dropSchemas(ctx context.Context) error {
	return n.dropRescue(ctx, n.job)
}

// dropRescue drops all schemas of a job.
func (r Restorer) dropRescue(ctx context.Context, job Job) error {
	session, err := r.openInto(ctx, job, &archive.TOC{})
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	names, err := session.texts(ctx, "look for schemas of the job", "SELECT pg_catalog.quote_ident(nspname) FROM pg_catalog.pg_namespace WHERE nspname OPERATOR(pg_catalog.~) "+
		postgres.QuoteLiteral("^"+RescueSchemas(job.Unpublished)+"[0-9]+_[0-9]+$"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := session.run(ctx, "drop a schema of the job", "DROP SCHEMA IF EXISTS "+name+" CASCADE"); err != nil {
			return err
		}
	}
	return nil
}

// DropInto drops the schemas of the job and the database of its definitions. It is
// idempotent, and touches no table that was moved to its place.
func (r Restorer) DropInto(ctx context.Context, job Job) error {
	if err := r.dropRescue(ctx, job); err != nil {
		return err
	}
	return r.Drop(ctx, job.definitions())
}
