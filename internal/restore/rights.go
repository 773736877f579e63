package restore

import (
	"context"

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
		look, account := rights.Database, job.Account
		account.Database = maintenanceDatabase
		if job.rowsOnly() {
			look, account = rights.Rows, job.Account
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
