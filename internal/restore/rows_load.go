package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// rows runs the transaction. An error caused by the data is a finding; the end
// of the session rolls the transaction back.
func (l *loader) rows(ctx context.Context, parts []region, attempts Attempts) error {
	tables := selection.LoadOrder(l.toc, l.chosen)
	if err := l.prepare(ctx, "BEGIN; SET LOCAL lock_timeout = '30s'; "+locks(tables)+"; SET LOCAL lock_timeout = 0"); err != nil {
		return err
	}
	if err := l.noteKeys(ctx, tables); err != nil {
		return err
	}
	if err := l.refuseRows(ctx, tables); err != nil {
		if failure.CodeOf(err) == failure.TargetTableNotEmpty && l.done(ctx, attempts.Earlier) {
			l.adopted = true
			return nil
		}
		return err
	}
	transaction, err := l.announce(ctx, attempts)
	if err != nil {
		return err
	}
	silence, speak, err := l.triggers(ctx, tables)
	if err != nil {
		return err
	}
	deferred, immediate, err := l.deferring(ctx, tables)
	if err != nil {
		return err
	}
	if err := l.prepare(ctx, silence+deferred+"SET CONSTRAINTS ALL DEFERRED"); err != nil {
		return err
	}
	pieces := map[*archive.Entry][]region{}
	for _, part := range parts {
		pieces[part.entry] = append(pieces[part.entry], part)
	}
	for _, e := range tables {
		if err := l.wholeTable(ctx, e, pieces[e]); err != nil || l.found.lost() {
			return err
		}
	}
	if err := l.checkConstraints(ctx); err != nil || l.found.lost() {
		return err
	}
	if err := l.verify(ctx); err != nil {
		return err
	}
	if err := l.prepare(ctx, l.sequences()+immediate+speak); err != nil {
		return err
	}
	return l.commit(ctx, transaction)
}

// checkConstraints checks the deferred constraints, which may take long.
func (l *loader) checkConstraints(ctx context.Context) error {
	l.line.Touch()
	check := archive.Entry{Desc: "CONSTRAINTS", Tag: "of all tables", CopyStmt: "SET CONSTRAINTS ALL IMMEDIATE"}
	return l.judge(ctx, l.exec(ctx, check.CopyStmt), &check)
}

// announce announces the ID of the transaction, so that another attempt can ask
// the server for its outcome.
func (l *loader) announce(ctx context.Context, attempts Attempts) (transaction string, err error) {
	results, err := l.session.Conn.PgConn().Exec(ctx, "SELECT pg_catalog.txid_current()").ReadAll()
	if err != nil {
		return "", l.refusal(ctx, err, "begin to load", "")
	}
	transaction = string(results[0].Rows[0][0])
	if err := attempts.Announce(ctx, transaction); err != nil {
		return "", fmt.Errorf("tell the transaction to attempts to come: %w", err)
	}
	return transaction, nil
}

// done reports whether one of the transactions has committed.
func (l *loader) done(ctx context.Context, transactions []string) bool {
	return slices.ContainsFunc(transactions, func(t string) bool { return l.committed(ctx, t) })
}

// prepare runs statements that do not depend on the data.
func (l *loader) prepare(ctx context.Context, statements string) error {
	return l.refusal(ctx, l.exec(ctx, statements), "prepare the tables", statements)
}

// wholeTable loads all pieces of a table by one COPY, since rows may refer to
// rows of other pieces.
func (l *loader) wholeTable(ctx context.Context, e *archive.Entry, parts []region) error {
	reading, cancel := context.WithCancel(ctx)
	defer cancel()
	pieces := &pieceReader{ctx: reading, loader: l, left: parts}
	defer pieces.close()
	f := &feed{reader: pieces, line: l.line}
	if err := f.end(cancel, l.copy(ctx, f, e.CopyStmt)); err != nil {
		return l.judge(ctx, err, e)
	}
	for _, part := range parts {
		if err := l.tally.loaded(part); err != nil {
			return l.judge(ctx, &readError{err}, e)
		}
	}
	return nil
}

// sequences returns the statements that set the selected sequences.
func (l *loader) sequences() string {
	var statements strings.Builder
	for i := range l.toc.Entries {
		if e := &l.toc.Entries[i]; e.Desc == archive.DescSequenceSet && l.chosen.Has(e) {
			statements.WriteString(e.Defn)
		}
	}
	return statements.String()
}

// triggers returns the statements that disable the triggers of the tables to
// load, and those that restore their state. They include all partitions of a
// partitioned table.
func (l *loader) triggers(ctx context.Context, tables []*archive.Entry) (silence, speak string, err error) {
	var off, on strings.Builder
	for _, e := range tables {
		into := sqlName(e)
		if e.LoadsViaPartitionRoot() {
			if into, _, err = e.CopyTarget(); err != nil {
				return "", "", l.dump.damagedOr(err, "look for triggers")
			}
		}
		results, err := l.session.Conn.PgConn().Exec(ctx, fmt.Sprintf(`SELECT pg_catalog.format('ALTER TABLE ONLY %%s DISABLE TRIGGER %%I; ', tgrelid::pg_catalog.regclass, tgname),
			pg_catalog.format('ALTER TABLE ONLY %%s ENABLE %%sTRIGGER %%I; ', tgrelid::pg_catalog.regclass, CASE tgenabled WHEN 'A' THEN 'ALWAYS ' ELSE '' END, tgname)
			FROM pg_catalog.pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND (tgrelid = %[1]s::pg_catalog.regclass
				OR tgrelid IN (SELECT relid FROM pg_catalog.pg_partition_tree(%[1]s::pg_catalog.regclass)))`, postgres.QuoteLiteral(into))).ReadAll()
		if err != nil {
			return "", "", l.refusal(ctx, err, "look for triggers of "+into, "")
		}
		for _, row := range results[0].Rows {
			off.Write(row[0])
			on.Write(row[1])
		}
	}
	return off.String(), on.String(), nil
}

// commit commits the transaction. If the connection is lost before the answer,
// it asks the server for the outcome: another attempt would find the tables
// full.
func (l *loader) commit(ctx context.Context, transaction string) error {
	err := l.exec(ctx, "COMMIT")
	if err == nil {
		return nil
	}
	err = l.refusal(ctx, err, "commit", "COMMIT")
	if l.committed(context.WithoutCancel(ctx), transaction) {
		return nil
	}
	return err
}

func (l *loader) committed(ctx context.Context, transaction string) bool {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	session, err := signin.Open(ctx, l.Source, l.job.Account)
	if err != nil {
		return false
	}
	defer session.Close(ctx)
	var status *string
	err = session.Conn.QueryRow(ctx, "SELECT pg_catalog.txid_status($1::text::bigint)", pgx.QueryExecModeExec, transaction).Scan(&status)
	return err == nil && status != nil && *status == "committed"
}

func locks(tables []*archive.Entry) string {
	var names []string
	for _, e := range tables {
		names = append(names, "ONLY "+sqlName(e))
	}
	if len(names) == 0 {
		return ""
	}
	return "LOCK TABLE " + strings.Join(names, ", ") + " IN SHARE ROW EXCLUSIVE MODE"
}

func sqlName(e *archive.Entry) string {
	return postgres.QuoteIdent(e.Namespace) + "." + postgres.QuoteIdent(e.Tag)
}
