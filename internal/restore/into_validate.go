package restore

import (
	"context"
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// validateLocks bounds the wait for a lock of a validation, which hinders no reader
// and no writer while it waits.
const validateLocks = "1min"

// ValidateInto checks the foreign keys of the restored tables, and sets their
// comments. It returns a note for each that the rows violate, and for each foreign
// key of another table that the loss of a table has dropped. It is idempotent. An
// error means that it could not finish, and that it may be called again.
func (r Restorer) ValidateInto(ctx context.Context, job Job, dump Dump) (notes []string, err error) {
	err = r.planned(ctx, job, dump, func(ctx context.Context, toc *archive.TOC, _ selection.Chosen, p *rescue) error {
		session, err := r.openInto(ctx, job, toc)
		if err != nil {
			return err
		}
		defer session.Close(ctx)
		v := &validation{session: session}
		for _, key := range p.keys {
			if err := v.check(ctx, key); err != nil {
				return err
			}
			if err := v.describe(ctx, key); err != nil {
				return err
			}
		}
		for _, key := range p.others {
			if err := v.look(ctx, key); err != nil {
				return err
			}
		}
		notes = v.notes.Lines()
		return nil
	})
	return notes, err
}

// validation checks foreign keys.
type validation struct {
	session *intoSession
	notes   printable.Notes
}

// check validates a key of a restored table.
func (v *validation) check(ctx context.Context, key rescuedKey) error {
	if !key.Valid {
		return nil // as it was in the source
	}
	tables, err := v.session.holders(ctx, key)
	if err != nil {
		return err
	}
	for _, table := range tables {
		holds, err := v.validate(ctx, key, table)
		if err != nil || !holds {
			return err
		}
	}
	if slices.Contains(tables, key.table) {
		return nil
	}
	return v.adopt(ctx, key)
}

// validate validates the key of one table, and reports whether it holds.
func (v *validation) validate(ctx context.Context, key rescuedKey, table TableName) (bool, error) {
	state, err := v.session.texts(ctx, "look at foreign keys", "SELECT convalidated FROM pg_catalog.pg_constraint WHERE "+key.is(table))
	if err != nil || len(state) == 0 {
		return false, err // the move has noted why it is not there
	}
	if state[0] == "t" {
		return true, nil
	}
	refused, err := v.session.attempt(ctx, "validate a foreign key", "SET lock_timeout = '"+validateLocks+"'; "+key.validate(table))
	if err != nil || refused == nil {
		return err == nil, err
	}
	v.notes.Add(fmt.Sprintf("foreign key %s of %s holds for new rows, and not for all restored ones: %s; the rows: %s; when they are mended: %s;",
		shown(postgres.QuoteIdent(key.Name)), table, told(refused), shown(key.violations(table)), shown(key.validate(table))))
	return false, nil
}

// adopt adds to a partitioned table the key that its partitions have. No row is
// read.
func (v *validation) adopt(ctx context.Context, key rescuedKey) error {
	there, err := v.session.yes(ctx, key.exists())
	if err != nil || there {
		return err
	}
	refused, err := v.session.attempt(ctx, "add a foreign key", "SET lock_timeout = '"+moveLocks+"'; "+key.add(key.table))
	if err != nil || refused == nil {
		return err
	}
	v.notes.Add(fmt.Sprintf("foreign key %s is that of the partitions of %s, and not of the table itself: %s; when that is mended: %s;",
		shown(postgres.QuoteIdent(key.Name)), key.table, told(refused), shown(key.add(key.table))))
	return nil
}

// look notes a key of another table to a restored one if it is gone.
func (v *validation) look(ctx context.Context, key rescuedKey) error {
	lost, err := v.session.yes(ctx, key.table.regclass()+" IS NOT NULL AND NOT "+key.exists())
	if err != nil || !lost {
		return err
	}
	statements := shown(key.addUnchecked(key.table)) + ";"
	if key.Valid {
		statements += " " + shown(key.validate(key.table)) + ";"
	}
	v.notes.Add(fmt.Sprintf("%s, which referred to %s, no longer has its foreign key %s; to restore it: %s", key.table, key.to, shown(postgres.QuoteIdent(key.Name)), statements))
	return nil
}
