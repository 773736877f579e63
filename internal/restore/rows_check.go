package restore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/restore/rights"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// checkTables returns the reason why a restore of rows alone would fail.
func (r Restorer) checkTables(ctx context.Context, job Job, toc *archive.TOC, chosen selection.Chosen) (signin.Reference, error) {
	l := &loading{Restorer: r, job: job, toc: toc, chosen: chosen}
	loader, err := l.connect(ctx, job.Account, rowSettings)
	if err != nil {
		return signin.Reference{}, err
	}
	defer loader.session.Close(ctx)
	return loader.session.Reference, loader.checkTables(ctx)
}

// checkTables returns the reason why rows could not be loaded.
func (l *loader) checkTables(ctx context.Context) error {
	if err := l.job.checkServer(ctx, l.session); err != nil {
		return err
	}
	if err := l.refuseReplica(ctx); err != nil {
		return err
	}
	report, err := rights.Rows(ctx, l.session.Conn, l.job.wish(l.toc, l.chosen))
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	tables := selection.LoadOrder(l.toc, l.chosen)
	missing, err := l.which(ctx, tables, func(name string) string {
		return "pg_catalog.to_regclass(" + postgres.QuoteLiteral(name) + ") IS NULL"
	})
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return failure.New(failure.TargetTableNotFound, "restore the tables with their definitions into a new database, or make them",
			"database %q on server %s has no table %s", l.job.Account.Database, l.job.Account.Server.Host, strings.Join(missing, ", "))
	}
	return l.refuseRows(ctx, tables)
}

// refuseReplica returns an error if the session's session_replication_role
// disables the checks of foreign keys and the role may not change it.
func (l *loader) refuseReplica(ctx context.Context) error {
	var value string
	err := l.session.Conn.QueryRow(ctx, "SELECT pg_catalog.current_setting('session_replication_role')").Scan(&value)
	if err != nil {
		return fmt.Errorf("look at the session: %w", postgres.Ended(ctx, postgres.Classify(err, l.session.Target)))
	}
	if value == "origin" {
		return nil
	}
	database, role := postgres.QuoteIdent(l.job.Account.Database), postgres.QuoteIdent(l.session.Target.User)
	return failure.New(failure.MissingRestorePermissions,
		fmt.Sprintf("As a superuser, where it is set: ALTER DATABASE %s RESET session_replication_role; or ALTER ROLE %s RESET session_replication_role;", database, role),
		"session_replication_role is %s for role %s in database %s, so that foreign keys are not checked", value, role, database)
}

func (l *loader) refuseRows(ctx context.Context, tables []*archive.Entry) error {
	conditions, err := l.conditions(ctx, tables)
	if err != nil {
		return err
	}
	full, err := l.which(ctx, tables, func(name string) string { return "EXISTS (SELECT FROM ONLY " + name + " " + conditions[name] + ")" })
	if err != nil || len(full) == 0 {
		return err
	}
	return failure.New(failure.TargetTableNotEmpty,
		"If these rows are not wanted: "+emptying(full, conditions),
		"tables of database %q on server %s have rows: %s", l.job.Account.Database, l.job.Account.Server.Host, strings.Join(full, ", "))
}

// which returns the tables for whose names an SQL condition holds.
func (l *loader) which(ctx context.Context, tables []*archive.Entry, condition func(name string) string) (names []string, err error) {
	for batch := range slices.Chunk(tables, 100) {
		var columns []string
		for _, e := range batch {
			columns = append(columns, condition(sqlName(e)))
		}
		answers, err := l.session.Conn.PgConn().Exec(ctx, "SELECT "+strings.Join(columns, ", ")).ReadAll()
		if err != nil {
			return nil, l.refusal(ctx, err, "look at the tables", "")
		}
		for i, value := range answers[0].Rows[0] {
			if string(value) == "t" {
				names = append(names, strings.ToValidUTF8(sqlName(batch[i]), "?"))
			}
		}
	}
	return names, nil
}
