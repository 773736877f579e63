package bench

import (
	"context"
	"fmt"
	"strings"
)

// Shape is a database for measurements. All rows are computed from their
// number.
type Shape struct {
	Name string
	// sql creates the database; scale 1 is about the size in the name.
	sql func(scale float64) string
	// tables are the tables with all its rows, if the floor is measured.
	tables []string
}

// document is a jsonb row that compresses like business data.
const document = `jsonb_build_object('id', i, 'name', 'customer ' || (i::bigint * 7919 % 100003), 'email', md5(i::text) || '@example.com',
	'tags', jsonb_build_array('a' || (i % 17), 'b' || (i % 31), 'c' || (i % 101)), 'amount', (i::bigint * 31 % 100000) / 100.0,
	'at', timestamp '2020-01-01' + (i::bigint * 37 % 100000000) * interval '1 second')`

var shapes = []Shape{
	{
		Name: "two-tables",
		sql: func(scale float64) string {
			return fmt.Sprintf(`CREATE TABLE accounts (aid int, bid int, abalance int, filler char(84));
				INSERT INTO accounts SELECT i, 1 + i / 100000, 0, '' FROM generate_series(1, %d) i;
				ALTER TABLE accounts ADD PRIMARY KEY (aid);
				CREATE TABLE docs AS SELECT i AS id, %s AS doc FROM generate_series(1, %d) i;
				ALTER TABLE docs ADD PRIMARY KEY (id); VACUUM ANALYZE`, int(10e6*scale), document, int(2.5e6*scale))
		},
		tables: []string{"accounts", "docs"},
	},
	{
		Name: "huge-table",
		sql: func(scale float64) string {
			return fmt.Sprintf(`CREATE TABLE docs AS SELECT i AS id, %s AS doc, md5(i::text) AS digest FROM generate_series(1, %d) i;
				ALTER TABLE docs ADD PRIMARY KEY (id); VACUUM ANALYZE`, document, int(4e6*scale))
		},
		tables: []string{"docs"},
	},
	{
		Name: "small-tables",
		sql: func(float64) string {
			return `SELECT format('CREATE TABLE t%s AS SELECT i AS id, md5((i * %s)::text) AS digest, %L::text AS filler FROM generate_series(1, 200) i', n, n, 'filler')
				FROM generate_series(1, 2000) n \gexec
				VACUUM ANALYZE`
		},
	},
	{
		Name: "wide-json",
		sql: func(scale float64) string {
			return fmt.Sprintf(`CREATE TABLE wide AS SELECT n AS id, (SELECT jsonb_agg(%s) FROM generate_series(n * 100, n * 100 + 99) i) AS doc
				FROM generate_series(1, %d) n; VACUUM ANALYZE`, document, int(20000*scale))
		},
	},
	{
		Name: "large-objects",
		sql: func(scale float64) string {
			return fmt.Sprintf(`SELECT count(lo_from_bytea(0, (SELECT string_agg(decode(md5((n * 1000 + i)::text), 'hex'), '') FROM generate_series(1, 1000) i)))
				FROM generate_series(1, %d) n;
				VACUUM ANALYZE`, int(20000*scale))
		},
	},
	{
		Name: "hundred-tables",
		sql: func(float64) string {
			return `SELECT format('CREATE TABLE t%s AS SELECT i AS id, md5((i * %s)::text) AS digest FROM generate_series(1, 20000) i', n, n)
				FROM generate_series(1, 100) n \gexec
				VACUUM ANALYZE`
		},
	},
}

func shapeOf(name string) Shape {
	for _, s := range shapes {
		if s.Name == name {
			return s
		}
	}
	panic("bench: no shape is called " + name)
}

// make creates the shape's database and returns its name. It ends with VACUUM,
// which completes the first reads and writes.
func (s Shape) make(ctx context.Context, b *bed, scale float64) (database string, err error) {
	database = "bench_" + strings.ReplaceAll(s.Name, "-", "_")
	if err := b.postgres.Exec(ctx, "postgres", "CREATE DATABASE "+database); err != nil {
		return database, err
	}
	return database, b.psql(ctx, database, s.sql(scale))
}
