package restore

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// Loaded is a complete database that is not published yet.
type Loaded struct {
	// OID identifies the database when it is renamed.
	OID uint32
	// Ignored lists the errors known to be harmless, each with its reason.
	Ignored []string
	// Notes lists additional objects that were restored and objects that were
	// left out.
	Notes []string
	// Rows counts the rows that were loaded; nil if an earlier attempt loaded them.
	Rows *int64
	// Compared is the outcome of comparing rows alone; nil if they were not
	// compared, or by an earlier attempt.
	Compared *proof.Compared
	// Reference says how the sessions signed in.
	Reference signin.Reference
}

// Load creates the unpublished database from template0 and restores the dump
// into it. It first drops the database of an earlier attempt, which loses its
// connections if it is still running. The OID is set even with an error, and is
// 0 if no database was created.
func (r Restorer) Load(ctx context.Context, job Job, dump Dump, m *progress.Meter) (loaded Loaded, err error) {
	err = r.Memory.Run(ctx, job.memoryJob(dump, m), dump.memory(job.connections()), func(ctx context.Context, share *memory.Share) (err error) {
		loaded, err = r.load(ctx, job, dump, share, m)
		return err
	})
	return loaded, err
}

// load is Load with a share of the worker's memory.
func (r Restorer) load(ctx context.Context, job Job, dump Dump, share *memory.Share, m *progress.Meter) (Loaded, error) {
	m.Phase("read table of contents")
	toc, chosen, err := dump.choose(ctx, job.Wanted, share)
	if err != nil {
		return Loaded{}, err
	}
	return newLoading(r, job, dump, toc, chosen, m).load(ctx, share)
}

// load creates the database and loads it.
func (l *loading) load(ctx context.Context, share *memory.Share) (loaded Loaded, err error) {
	l.share = share
	if l.tool, err = l.Restorer.tool(l.job); err != nil {
		return Loaded{}, err
	}
	if err := l.watched(ctx, l.fill); err != nil {
		return Loaded{OID: l.server.oid}, l.noRoom(ctx, err)
	}
	err = l.noRoom(ctx, l.found.verdict())
	rows := l.taken.Load()
	return Loaded{
		OID: l.server.oid, Ignored: l.found.ignored(), Notes: append(l.chosen.Notes, l.places.notes(l.connections())...),
		Rows: &rows, Reference: l.server.reference,
	}, err
}

// fill creates the database and loads it.
func (l *loading) fill(ctx context.Context) error {
	if err := l.locate(ctx); err != nil {
		return err
	}
	l.meter.Phase("create database")
	var err error
	if l.server, err = l.create(ctx); err != nil {
		return err
	}
	return l.sideBySide(ctx)
}

// loading is a restore in progress.
type loading struct {
	Restorer
	job    Job
	dump   Dump
	toc    *archive.TOC
	chosen selection.Chosen
	tool   pgtools.Installation
	server madeOn
	meter  *progress.Meter
	tally  *tally
	found  findings
	places places
	// keyNotes say which foreign keys of the target are checked.
	keyNotes []string
	// adopted reports whether an earlier attempt had loaded the rows.
	adopted bool
	// taken counts the rows that the server took.
	taken atomic.Int64
	share *memory.Share
	// compared is the outcome of comparing the loaded rows; nil without one.
	compared *proof.Compared
	// roots returns the tables that rows of partitions belong to.
	roots func() selection.Roots
}

func newLoading(r Restorer, job Job, dump Dump, toc *archive.TOC, chosen selection.Chosen, m *progress.Meter) *loading {
	return &loading{
		Restorer: r, job: job, dump: dump, toc: toc, chosen: chosen, meter: m,
		roots: sync.OnceValue(func() selection.Roots { return selection.NewRoots(toc, chosen) }),
	}
}

// madeOn is the new database, with the properties of its server.
type madeOn struct {
	oid    uint32
	major  int
	direct bool
	// superuser reports whether the restore's role is one.
	superuser bool
	reference signin.Reference
}

func (l *loading) create(ctx context.Context) (made madeOn, err error) {
	job := l.job
	session, err := l.maintenance(ctx, job)
	if err != nil {
		return made, err
	}
	defer session.Close(ctx)
	backend, err := backendOf(ctx, session)
	if err != nil {
		return made, postgres.Classify(err, session.Target)
	}
	line := l.sessionLine("create the database", backend)
	defer line.Close()
	if err := postgres.DropDatabase(ctx, session.Conn, job.Unpublished); err != nil {
		return made, postgres.Classify(err, session.Target)
	}
	if err := postgres.CreateDatabase(ctx, session.Conn, job.Unpublished, job.Facts); err != nil {
		return made, postgres.Classify(err, session.Target)
	}
	if made.oid, _, err = postgres.DatabaseOID(ctx, session.Conn, job.Unpublished); err != nil {
		return made, postgres.Classify(err, session.Target)
	}
	if err := l.applyContentSettings(ctx, session, job); err != nil {
		return made, err
	}
	if job.Owners {
		if err := postgres.LendDatabase(ctx, session.Conn, job.Unpublished, job.Facts.Owner); err != nil {
			return made, postgres.Classify(err, session.Target)
		}
	}
	server, err := postgres.ReadServer(ctx, session.Conn)
	if err != nil {
		return made, postgres.Classify(err, session.Target)
	}
	rights, err := postgres.ReadRights(ctx, session.Conn)
	if err != nil {
		return made, postgres.Classify(err, session.Target)
	}
	made.major, made.reference = server.Major, session.Reference
	made.direct, made.superuser = backend != 0, rights.Superuser
	return made, nil
}
