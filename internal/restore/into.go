package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
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

// SQL returns the name as a quoted identifier.
func (n TableName) SQL() string {
	return postgres.QuoteIdent(n.Schema) + "." + postgres.QuoteIdent(n.Name)
}

// CheckInto returns the reason why [Restorer.LoadInto] or [Restorer.MoveInto]
// would fail, if it can be found before anything is created, and how it signed
// in.
func (r Restorer) CheckInto(ctx context.Context, job Job, dump Dump) (by signin.Reference, err error) {
	err = r.Memory.Run(ctx, job.memoryJob(dump, nil), dump.tocMemory(), func(ctx context.Context, share *memory.Share) error {
		toc, chosen, err := dump.choose(ctx, job.Wanted, share)
		if err != nil {
			return err
		}
		by, err = r.checkInto(ctx, job, toc, chosen)
		return err
	})
	return by, err
}

func (r Restorer) checkInto(ctx context.Context, job Job, toc *archive.TOC, chosen selection.Chosen) (signin.Reference, error) {
	plan, err := newRescue(job, toc, chosen)
	if err != nil {
		return signin.Reference{}, err
	}
	session, err := r.openInto(ctx, job, toc)
	if err != nil {
		return signin.Reference{}, err
	}
	defer session.Close(ctx)
	if err := job.checkServer(ctx, session.Session); err != nil {
		return signin.Reference{}, err
	}
	return session.Reference, plan.refuseExisting(ctx, session)
}

// refuseExisting returns an error if a table to restore exists.
func (p rescue) refuseExisting(ctx context.Context, s *intoSession) error {
	for _, t := range p.tables {
		taken, err := s.yes(ctx, "pg_catalog.to_regclass("+postgres.QuoteLiteral(t.to.SQL())+") IS NOT NULL")
		if err != nil {
			return err
		}
		if taken {
			return existing(p.job, t.to)
		}
	}
	return nil
}

// existing returns the error of a restore whose table exists.
func existing(job Job, name TableName) error {
	return failure.New(failure.TargetTableExists,
		"Restore it under another name (--as SCHEMA.TABLE) or into another schema (--into-schema SCHEMA), or rename or drop the table that is there.",
		"database %q on server %s has a table %s", job.Account.Database, job.Account.Server.Host, name.SQL())
}
