package dump

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// sessionSettings returns the settings with which COPY writes the same text as
// under pg_dump: those of the archive and of setup_connection in pg_dump.c. jit
// is off since it would compile the query of each page range again. Timeouts
// are set in every session.
func sessionSettings(toc *archive.TOC, patience time.Duration) string {
	return toc.SessionSQL() + `
SET DateStyle = ISO; SET IntervalStyle = POSTGRES; SET extra_float_digits = 3; SET synchronize_seqscans = off; SET row_security = off;
SELECT pg_catalog.set_config(s.name, v.value, false) FROM pg_catalog.pg_settings s
	JOIN (VALUES ('jit', 'off'), ('restrict_nonsystem_relation_kind', 'view, foreign-table')) v (name, value)
	ON s.name OPERATOR(pg_catalog.=) v.name;
` + postgres.AliveStatement(postgres.StreamTimeout(patience))
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

// copyTable returns the SQL that copies the same rows as pg_dump.
func copyTable(e *archive.Entry, columns, condition string) string {
	if condition != "" {
		return "COPY (SELECT " + columns + " FROM ONLY " + qualified(e) + " " + condition + ") TO STDOUT"
	}
	if columns != "" {
		columns = " (" + columns + ")"
	}
	return "COPY " + qualified(e) + columns + " TO STDOUT"
}

// copyRange returns the SQL that copies the rows in the pages [begin, end), or
// up to the last page if end is 0.
func copyRange(e *archive.Entry, columns string, begin, end int64) string {
	query := fmt.Sprintf("COPY (SELECT %s FROM ONLY %s WHERE ctid >= '(%d,0)'", columns, qualified(e), begin)
	if end > 0 {
		query += fmt.Sprintf(" AND ctid < '(%d,0)'", end)
	}
	return query + ") TO STDOUT"
}

// objectChunk is the number of bytes of a large object in one row.
const objectChunk = 1 << 20

// longObjects returns the SQL that lists the objects longer than one row.
func longObjects(oids []uint32) string {
	return fmt.Sprintf("COPY (SELECT o FROM pg_catalog.unnest(%s) AS o WHERE pg_catalog.length(pg_catalog.lo_get(o, %d, 1)) > 0) TO STDOUT (FORMAT binary)",
		oidArray(oids), objectChunk)
}

// shortObjects returns the SQL that copies objects that fit into one row, with
// their OIDs.
func shortObjects(oids []uint32) string {
	return fmt.Sprintf("COPY (SELECT o, pg_catalog.lo_get(o, 0, %d) FROM pg_catalog.unnest(%s) AS o) TO STDOUT (FORMAT binary)", objectChunk, oidArray(oids))
}

// objectRows is the number of rows of a long object that one statement returns.
const objectRows = 16

// longObject returns the SQL that copies rows of one object, starting at the
// given row.
func longObject(oid uint32, row int64) string {
	return fmt.Sprintf("COPY (SELECT pg_catalog.lo_get(%d, n * %d, %d) FROM pg_catalog.generate_series(%d::bigint, %d) AS n) TO STDOUT (FORMAT binary)",
		oid, objectChunk, objectChunk, row, row+objectRows-1)
}

func oidArray(oids []uint32) string {
	var list strings.Builder
	list.WriteString("'{")
	for i, oid := range oids {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(strconv.FormatUint(uint64(oid), 10))
	}
	list.WriteString("}'::pg_catalog.oid[]")
	return list.String()
}
