package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// LoadInto makes the selected tables in schemas that only the job uses, and loads
// their rows. It first drops those of earlier attempts. The OID of the result
// identifies the attempt for [Restorer.MoveInto].
func (r Restorer) LoadInto(ctx context.Context, job Job, dump Dump, m *progress.Meter) (loaded Loaded, err error) {
	job.KeepFailed = false
	err = r.Memory.Run(ctx, job.memoryJob(dump, m), dump.memory(job.connections()), func(ctx context.Context, share *memory.Share) (err error) {
		loaded, err = r.loadInto(ctx, job, dump, share, m)
		return err
	})
	return loaded, err
}

// loadInto is LoadInto with a share of the worker's memory.
func (r Restorer) loadInto(ctx context.Context, job Job, dump Dump, share *memory.Share, m *progress.Meter) (Loaded, error) {
	m.Phase("read table of contents")
	toc, chosen, plan, err := dump.plan(ctx, job, share)
	if err != nil {
		return Loaded{}, err
	}
	definitions := job.definitions()
	defined, err := selection.Choose(toc, definitions.Wanted)
	if err != nil {
		return Loaded{}, err
	}
	loaded, err := newLoading(r, definitions, dump, toc, defined, m).load(ctx, share)
	if err != nil {
		return loaded, err
	}
	m.Phase("schema")
	n := &intoLoading{loading: newLoading(r, job, dump, toc, chosen, m), plan: plan, own: plan.schemas(loaded.OID)}
	n.share, n.server.oid = share, loaded.OID
	if err := n.prepare(ctx); err != nil {
		return loaded, err
	}
	if err := n.watched(ctx, n.fill); err != nil {
		return loaded, n.noRoom(ctx, err)
	}
	rows := n.taken.Load()
	loaded.Rows, loaded.Compared = &rows, n.compared
	loaded.Notes = append(n.notes.Lines(), n.places.notes(n.connections())...)
	if err := n.noRoom(ctx, n.found.verdict()); err != nil {
		return loaded, err
	}
	return loaded, r.Drop(ctx, job.definitions())
}

// intoLoading fills the job's schemas.
type intoLoading struct {
	*loading
	plan *rescue
	own  schemas
	redefined
	// sequenceValues are the statements that set the sequences.
	sequenceValues string
	notes          printable.Notes
}

// prepare reads the definitions as they are in the job's schemas, and renames the
// entries with rows to match.
func (n *intoLoading) prepare(ctx context.Context) (err error) {
	toc := n.loading.toc
	if n.redefined, err = n.redefine(ctx, n.plan, toc, n.own, n.share); err != nil {
		return err
	}
	if n.sequenceValues, err = n.own.sequenceValues(toc, n.redefined.toc); err != nil {
		return n.dump.damagedOr(err, "read the sequences")
	}
	n.notes.Add(largeObjectNotes(toc, n.plan)...)
	if err := n.own.rename(toc, n.redefined.toc); err != nil {
		return n.dump.damagedOr(err, "read the tables' columns")
	}
	return nil
}
