package restore

import (
	"context"
	"io"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// freezeFrom is the size of a region from which it pays to empty the table in
// the same transaction: its rows can then be written as if vacuum had frozen
// them, and no later reader or vacuum has to write them again.
const freezeFrom = 1 << 20

// table copies a region into its table. cancel ends the reading of from.
func (l *loader) table(ctx context.Context, from io.Reader, part region, cancel func()) error {
	rows, err := archive.NewTableReader(from, l.toc.Header, part.entry.DumpID, part.part)
	if err != nil {
		return &readError{err}
	}
	defer func() { _ = rows.Close() }()
	f := &feed{reader: rows, line: l.line}
	if l.freezes(part) {
		err = l.frozen(ctx, f, part.entry)
	} else {
		err = l.into(ctx, f, part.entry)
	}
	if err := f.end(cancel, err); err != nil {
		return err
	}
	l.tally.read(part, rows.Checksum())
	return nil
}

// into copies rows to where they belong: mostly into their own table, and into
// the partitioned one where pg_dump says so. Of that one, a selection may have no
// more than a branch.
func (l *loader) into(ctx context.Context, rows io.Reader, e *archive.Entry) error {
	statement := e.CopyStmt
	if e.LoadsViaPartitionRoot() {
		_, columns, err := e.CopyTarget()
		if err != nil {
			return &readError{err}
		}
		statement = "COPY " + sqlName(selection.RootTable(l.toc, l.chosen, e)) + " " + columns + " FROM stdin"
	}
	return l.copy(ctx, rows, statement)
}

func (l *loader) copy(ctx context.Context, rows io.Reader, statement string) error {
	_, err := l.session.Conn.PgConn().CopyFrom(ctx, rows, statement)
	return err
}

// frozen empties the table and fills it, in one transaction.
func (l *loader) frozen(ctx context.Context, rows io.Reader, e *archive.Entry) error {
	begin := "BEGIN; TRUNCATE TABLE ONLY " + sqlName(e)
	err := l.exec(ctx, begin)
	if err == nil {
		err = l.copy(ctx, rows, withFreeze(e.CopyStmt))
	}
	if err != nil {
		_ = l.exec(ctx, "ROLLBACK")
		return err
	}
	return l.exec(ctx, "COMMIT")
}

// withFreeze adds the option to a statement of pg_dump's, which has none.
func withFreeze(copyStmt string) string {
	return strings.TrimRight(copyStmt, "; \n") + " WITH (FREEZE)"
}

func (l *loader) exec(ctx context.Context, statements string) error {
	_, err := l.session.Conn.PgConn().Exec(ctx, statements).ReadAll()
	return err
}
