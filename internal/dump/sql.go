package dump

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
)

// sessionSettings returns the settings with which COPY writes the same text as
// under pg_dump: those of the archive, and text, which the dump's fingerprints
// record. Timeouts are set in every session.
func sessionSettings(toc *archive.TOC, text string, patience time.Duration) string {
	return toc.SessionSQL() + "\n" + text + ";\n" + pieces.Settings + ";\n" + postgres.AliveStatement(postgres.StreamTimeout(patience))
}

// shareSnapshot returns the SQL that begins the transaction of a data
// connection.
func shareSnapshot(snapshot string) string {
	return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT " + postgres.QuoteLiteral(snapshot)
}

// lockTables returns the SQL that locks tables, without the tables that inherit
// from them.
func lockTables(names []string, wait string) string {
	return "LOCK TABLE ONLY " + strings.Join(names, ", ONLY ") + " IN ACCESS SHARE MODE" + wait
}

const noWait = " NOWAIT"

// qualified returns the qualified and quoted name of the entry's table.
func qualified(e *archive.Entry) string {
	return postgres.QuoteIdent(e.Namespace) + "." + postgres.QuoteIdent(e.Tag)
}

// columns returns the column list of the entry's own COPY statement, which has
// neither generated nor dropped columns. It is empty for a table without
// columns.
func columns(e *archive.Entry) (string, error) {
	into, list, err := e.CopyTarget()
	if err != nil {
		return "", err
	}
	if into != qualified(e) && !e.LoadsViaPartitionRoot() {
		return "", fmt.Errorf("%w: the data of %s is loaded by %q", archive.ErrDamaged, qualified(e), e.CopyStmt)
	}
	if list == "" {
		return "", nil
	}
	return list[1 : len(list)-1], nil
}
