package restore

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/restore/rights"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// wish returns the restore as far as it needs rights; toc is nil if it cannot be
// read.
func (j Job) wish(toc *archive.TOC, chosen selection.Chosen) rights.Wish {
	return rights.Wish{
		Server: j.Account.Server.Host, TOC: toc, Chosen: chosen, Owner: j.Facts.Owner,
		Owners: j.Owners, Grants: j.Grants, Roles: j.Roles, Compared: j.Fingerprints != nil,
	}
}

// needsEveryRight reports whether a right that the dump needs must be there before
// the restore begins. A job that keeps partial results goes on without. A drill makes
// its role a member of the owners after it has created them.
func (j Job) needsEveryRight() bool { return !j.KeepFailed && !j.Account.Drill }

// Lacking returns what the restore's role lacks, and how it signed in. It only reads.
func (r Restorer) Lacking(ctx context.Context, job Job, dump Dump) (report rights.Report, by signin.Reference, err error) {
	err = r.withTOC(ctx, job, dump, func(ctx context.Context, toc *archive.TOC, chosen selection.Chosen) error {
		account, look, err := job.looks(toc, chosen)
		if err != nil {
			return err
		}
		session, err := signin.Open(ctx, r.Source, account)
		if err != nil {
			return err
		}
		defer session.Close(ctx)
		by = session.Reference
		report, err = look(ctx, session.Conn, job.wish(toc, chosen))
		return err
	})
	return report, by, err
}

// looks returns where to look for the rights of the job, and how.
func (j Job) looks(toc *archive.TOC, chosen selection.Chosen) (signin.Account, func(context.Context, *pgx.Conn, rights.Wish) (rights.Report, error), error) {
	account := j.Account
	switch {
	case j.rowsOnly():
		return account, rights.Rows, nil
	case j.Into != nil && toc != nil:
		p, err := newRescue(j, toc, chosen)
		return account, func(ctx context.Context, conn *pgx.Conn, w rights.Wish) (rights.Report, error) {
			return rights.Into(ctx, conn, w, p.destinations())
		}, err
	}
	account.Database = maintenanceDatabase
	return account, rights.Database, nil
}
