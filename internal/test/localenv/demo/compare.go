package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/test/localenv/dev"
)

// fact is a property that both databases must have in common.
type fact struct{ name, value string }

// compare compares both databases without pgvault.
func (d *demo) compare(ctx context.Context) error {
	fmt.Fprintf(d.out, "\nComparing %s with %s:\n", restored, original)
	first, err := d.facts(ctx, original)
	if err != nil {
		return err
	}
	second, err := d.facts(ctx, restored)
	if err != nil {
		return err
	}
	different := 0
	for _, f := range first {
		verdict := "same"
		if !slices.Contains(second, f) {
			verdict = "DIFFERENT"
			different++
		}
		fmt.Fprintf(d.out, "  %-9s  %-32s  %s\n", verdict, f.name, f.value)
	}
	if different > 0 || len(first) != len(second) {
		return fmt.Errorf("the restored database differs from the original: %v and %v", first, second)
	}
	return nil
}

func (d *demo) facts(ctx context.Context, database string) ([]fact, error) {
	schema, err := d.schema(ctx, database)
	if err != nil {
		return nil, err
	}
	facts := []fact{{"definitions by pg_dump", schema}}
	conn, err := d.connect(ctx, database)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	// The owner, privileges, settings and comment of the database.
	var settings string
	err = conn.QueryRow(ctx, `
		SELECT concat_ws(', ', 'owner ' || pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'),
		       (SELECT string_agg(array_to_string(setconfig, ' '), ' ') FROM pg_db_role_setting WHERE setdatabase = d.oid),
		       md5(array_to_string(ARRAY(SELECT a::text FROM unnest(datacl) AS a ORDER BY 1), ' ')))
		FROM pg_database AS d WHERE datname = current_database()`).Scan(&settings)
	if err != nil {
		return nil, fmt.Errorf("read the settings of %s: %w", database, err)
	}
	facts = append(facts, fact{"the database's own settings", settings})
	rows, err := tables(ctx, conn)
	if err != nil {
		return nil, err
	}
	return append(facts, rows...), nil
}

// schema returns the number of lines of a dump of all definitions, and its hash.
func (d *demo) schema(ctx context.Context, database string) (string, error) {
	config, err := pgx.ParseConfig(d.vars[dev.VarPostgres])
	if err != nil {
		return "", fmt.Errorf("read the connection string: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(d.vars[dev.VarPostgresBin], "pg_dump"), "--schema-only", database)
	cmd.Env = append(os.Environ(), "PGHOST="+config.Host, "PGPORT="+strconv.Itoa(int(config.Port)), "PGUSER="+config.User,
		"PGPASSWORD="+config.Password, "PGSSLMODE=require", "PGTZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("pg_dump %s: %w: %s", database, err, stderr.Bytes())
	}
	// Each dump has a random key in these two lines.
	out = regexp.MustCompile(`(?m)^\\(un)?restrict .*\n`).ReplaceAll(out, nil)
	sum := sha256.Sum256(out)
	return fmt.Sprintf("%d lines, sha256 %x…", bytes.Count(out, []byte("\n")), sum[:6]), nil
}

// tables returns for each table and sequence the number of rows and a hash that
// does not depend on their order.
func tables(ctx context.Context, conn *pgx.Conn) ([]fact, error) {
	rows, err := conn.Query(ctx, `
		SELECT format('%I.%I', nspname, relname), CASE relkind WHEN 'S' THEN 'last_value, is_called' ELSE '*' END
		FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
		WHERE relkind IN ('r', 'm', 'S') AND nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
		ORDER BY 1`)
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	type source struct{ Name, Columns string }
	sources, err := pgx.CollectRows(rows, pgx.RowToStructByPos[source])
	if err != nil {
		return nil, fmt.Errorf("list tables: %w", err)
	}
	facts := make([]fact, 0, len(sources)+1)
	for _, s := range sources {
		f, err := rowsOf(ctx, conn, s.Name, "SELECT "+s.Columns+" FROM "+s.Name)
		if err != nil {
			return nil, err
		}
		facts = append(facts, f)
	}
	large, err := rowsOf(ctx, conn, "large objects", "SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata")
	return append(facts, large), err
}

func rowsOf(ctx context.Context, conn *pgx.Conn, name, query string) (fact, error) {
	f := fact{name: name}
	err := conn.QueryRow(ctx, `
		SELECT format('%s rows, hash %s…', count(*), left(md5(coalesce(sum(hashtextextended(r::text, 0)::numeric), 0)::text), 12))
		FROM (`+query+`) AS r`).Scan(&f.value)
	if err != nil {
		return f, fmt.Errorf("hash the rows of %s: %w", name, err)
	}
	return f, nil
}
