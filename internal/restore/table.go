package restore

import (
	"context"
	"io"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// freezeFrom is the size of a region, in bytes, from which it is worth emptying
// the table in the same transaction: the rows are then written frozen, and no
// later reader or vacuum has to rewrite them.
const freezeFrom = 1 << 20

// table copies a region into its table. cancel stops reading from.
func (l *loader) table(ctx context.Context, from io.Reader, part region, cancel func()) error {
	rows, err := l.tableReader(ctx, from, part)
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

// into copies rows into their table, or into the partitioned table if pg_dump
// wrote them for it. A selective restore may have only a branch of the
// partitioned table.
func (l *loader) into(ctx context.Context, rows io.Reader, e *archive.Entry) error {
	statement := e.CopyStmt
	if e.LoadsViaPartitionRoot() {
		_, columns, err := e.CopyTarget()
		if err != nil {
			return &readError{err}
		}
		statement = "COPY " + sqlName(l.roots().Of(e)) + " " + columns + " FROM stdin"
	}
	return l.copy(ctx, rows, statement)
}

func (l *loader) copy(ctx context.Context, rows io.Reader, statement string) error {
	conn := l.session.Conn.PgConn()
	return postgres.Copy(conn, func() error {
		done, err := conn.CopyFrom(ctx, rows, statement)
		l.taken.Add(done.RowsAffected())
		return err
	})
}

// frozen empties the table and fills it in one transaction.
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

// withFreeze adds the FREEZE option to a COPY statement of pg_dump, which has
// no options.
func withFreeze(copyStmt string) string {
	return strings.TrimRight(copyStmt, "; \n") + " WITH (FREEZE)"
}

func (l *loader) exec(ctx context.Context, statements string) error {
	_, err := l.session.Conn.PgConn().Exec(ctx, statements).ReadAll()
	return err
}
