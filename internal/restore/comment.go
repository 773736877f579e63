package restore

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// schema restores the entries that must precede the data. It returns the statements
// that take back what was lent to owners.
func (l *loading) schema(ctx context.Context, before []int) (takeBack string, err error) {
	takeBack, err = l.restoreBefore(ctx, before)
	if err != nil || l.failed() || !l.job.Wanted.AllObjects() || !uncommented(l.toc) {
		return takeBack, err
	}
	return takeBack, l.uncomment(ctx)
}

// uncommented reports whether the comment of the schema public was dropped in
// the source. Every new database has that comment. pg_dump records its absence,
// except with --quote-all-identifiers, where it compares the quoted name with
// "public".
func uncommented(toc *archive.TOC) bool {
	quoted := false
	for i := range toc.Entries {
		switch e := &toc.Entries[i]; {
		case e.Desc == "DATABASE":
			quoted = strings.HasPrefix(e.Defn, `CREATE DATABASE "`)
		case e.Desc == "COMMENT" && (e.Tag == `SCHEMA "public"` || e.Tag == "SCHEMA public"):
			return false
		}
	}
	return quoted
}

// uncomment drops the comment of the schema public. If another role owns the
// schema, the comment stays, with the text of every new database.
func (l *loading) uncomment(ctx context.Context) error {
	loader, err := l.connect(ctx, l.job.inside(), settings)
	if err != nil {
		return err
	}
	defer loader.session.Close(ctx)
	const statement = `COMMENT ON SCHEMA "public" IS NULL`
	err = loader.exec(ctx, statement)
	var answer *pgconn.PgError
	if errors.As(err, &answer) && answer.Code == "42501" {
		l.found.add([]pgtools.RestoreError{{Statement: statement, Message: message(answer), Harmless: true, Why: "the schema public keeps the comment that every new database has"}}, nil)
		return nil
	}
	return loader.judge(ctx, err, &archive.Entry{Desc: "COMMENT", Tag: "SCHEMA public", Defn: statement})
}
