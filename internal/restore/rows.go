package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/progress"
)

// Attempts connects the attempts of a job. An earlier attempt may have
// committed without reporting it.
type Attempts struct {
	// Earlier are the transaction IDs of earlier attempts.
	Earlier []string
	// Announce makes a transaction ID known to later attempts. It is called
	// before the transaction can commit; an error ends the attempt.
	Announce func(ctx context.Context, transaction string) error
}

// LoadRows loads the selected rows and sequence values into existing, empty
// tables, in one transaction. Tables are loaded in the order of their foreign
// keys, which are checked. Triggers do not fire, since the rows already have
// their effects. If the transaction of an earlier attempt has committed,
// LoadRows does nothing.
func (r Restorer) LoadRows(ctx context.Context, job Job, dump Dump, attempts Attempts, m *progress.Meter) (loaded Loaded, err error) {
	err = r.Memory.Run(ctx, job.memoryJob(dump, m), dump.memory(1), func(ctx context.Context, share *memory.Share) (err error) {
		loaded, err = r.loadRows(ctx, job, dump, attempts, share, m)
		return err
	})
	return loaded, err
}

// loadRows is LoadRows with a share of the worker's memory.
func (r Restorer) loadRows(ctx context.Context, job Job, dump Dump, attempts Attempts, share *memory.Share, m *progress.Meter) (Loaded, error) {
	m.Phase("read table of contents")
	toc, chosen, err := dump.choose(ctx, job.Wanted, share)
	if err != nil {
		return Loaded{}, err
	}
	l := newLoading(r, job, dump, toc, chosen, m)
	l.share = share
	if err := l.locate(ctx); err != nil {
		return Loaded{}, err
	}
	parts, err := l.parts()
	if err != nil {
		return Loaded{}, err
	}
	l.tally = newTally(m, parts)
	loader, err := l.connect(ctx, job.Account, rowSettings)
	if err != nil {
		return Loaded{}, err
	}
	defer loader.session.Close(ctx)
	m.Phase("data")
	loader.line = loader.sessionLine("restore rows", loader.backend)
	defer loader.line.Close()
	if err := l.watched(ctx, func(ctx context.Context) error { return loader.rows(ctx, parts, attempts) }); err != nil {
		return Loaded{}, job.DiskFull(err)
	}
	loaded := Loaded{Notes: append(chosen.Notes, l.keyNotes...), Reference: loader.session.Reference, Compared: l.compared}
	if !l.adopted {
		rows := l.taken.Load()
		loaded.Rows = &rows
	}
	return loaded, l.noRoom(ctx, l.found.verdict())
}
