package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/restore/rights"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// Into asks for a restore of tables into the existing database of the job's
// account.
type Into struct {
	// As names the table to restore the one selected table as, with its schema.
	// Its zero value keeps the name.
	As TableName
	// Schema is the schema to restore all tables into under their own names. ""
	// keeps their schemas.
	Schema string
	// AllowPublications and AllowEventTriggers report whether to restore although
	// a publication or an event trigger of the database would act on the tables.
	AllowPublications, AllowEventTriggers bool
}

// TableName is the name of a table.
type TableName struct{ Schema, Name string }

// CheckInto returns the reason why [Restorer.LoadInto] or [Restorer.MoveInto]
// would fail, if it can be found before anything is created, and how it signed
// in.
func (r Restorer) CheckInto(ctx context.Context, job Job, dump Dump) (by signin.Reference, err error) {
	if _, err := r.tool(job); err != nil {
		return by, err
	}
	if dump.Open == nil {
		return r.checkRights(ctx, job)
	}
	err = r.planned(ctx, job, dump, func(ctx context.Context, toc *archive.TOC, chosen selection.Chosen, p *rescue) error {
		session, err := r.openInto(ctx, job, toc)
		if err != nil {
			return err
		}
		defer session.Close(ctx)
		by = session.Reference
		report, err := rights.Into(ctx, session.Conn, job.wish(toc, chosen), p.destinations())
		if err != nil {
			return err
		}
		if err := report.Err(); err != nil {
			return err
		}
		return p.check(ctx, session)
	})
	return by, err
}

// checkRights returns the reason why the role cannot restore into the database, as far
// as it is known without the dump.
func (r Restorer) checkRights(ctx context.Context, job Job) (signin.Reference, error) {
	session, err := signin.Open(ctx, r.Source, job.Account)
	if err != nil {
		return signin.Reference{}, err
	}
	defer session.Close(ctx)
	if err := job.checkServer(ctx, session); err != nil {
		return session.Reference, err
	}
	report, err := rights.Into(ctx, session.Conn, job.wish(nil, selection.Chosen{}), nil)
	if err != nil {
		return session.Reference, err
	}
	return session.Reference, report.Err()
}

// planned calls do with the table of contents, the chosen entries and the plan.
func (r Restorer) planned(ctx context.Context, job Job, dump Dump, do func(ctx context.Context, toc *archive.TOC, chosen selection.Chosen, p *rescue) error) error {
	return r.Memory.Run(ctx, job.memoryJob(dump, nil), dump.tocMemory(), func(ctx context.Context, share *memory.Share) error {
		toc, chosen, p, err := dump.plan(ctx, job, share)
		if err != nil {
			return err
		}
		return do(ctx, toc, chosen, p)
	})
}

// plan reads the table of contents and returns the plan of the job.
func (d Dump) plan(ctx context.Context, job Job, share *memory.Share) (*archive.TOC, selection.Chosen, *rescue, error) {
	toc, chosen, err := d.choose(ctx, job.Wanted, share)
	if err != nil {
		return nil, selection.Chosen{}, nil, err
	}
	p, err := newRescue(job, toc, chosen)
	return toc, chosen, p, err
}

func (p *rescue) check(ctx context.Context, s *intoSession) error {
	if err := p.job.checkServer(ctx, s.Session); err != nil {
		return err
	}
	if err := p.refuseExisting(ctx, s); err != nil {
		return err
	}
	if err := p.refuseParents(ctx, s); err != nil {
		return err
	}
	if err := p.refuseTablespaces(ctx, s); err != nil {
		return err
	}
	return p.refuseSideEffects(ctx, s)
}
