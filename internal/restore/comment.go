package restore

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// schema has pg_restore make what there must be before data can come.
func (l *loading) schema(ctx context.Context, before []int) error {
	if err := l.pgRestore(ctx, before, 1); err != nil || l.failed() || !l.job.Wanted.AllObjects() || !uncommented(l.toc) {
		return err
	}
	return l.uncomment(ctx)
}

// uncommented reports whether the schema public had no comment. Every new
// database's has one. pg_dump says that it is gone only where it does not quote
// all identifiers: it looks for the name public, and finds "public".
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

// uncomment takes the comment from the schema public. Where that is another
// role's it stays: it is the text that every new database has.
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
