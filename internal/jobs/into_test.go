package jobs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

func TestNamesOfTables(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]string{
		"shop.orders_before":      {"shop", "orders_before"},
		"Shop.Orders":             {"Shop", "Orders"},
		`"My ""Shop""; --"."a.b"`: {`My "Shop"; --`, "a.b"},
		`shop."a.b"`:              {"shop", "a.b"},
		"Größe.Straße":            {"Größe", "Straße"},
	} {
		schema, name, err := jobs.ParseTableName(text)
		require.NoError(t, err, text)
		require.Equal(t, want, [2]string{schema, name})
	}
	for _, text := range []string{
		"", "orders", ".", "shop.", ".orders", "a.b.c", `"shop".`, `"shop`, `sh"op.x`, `"a"b.c`, `a."b"c`, `"".x`, "a\x00.b", "a.\xff",
		strings.Repeat("x", 64) + ".y", "x." + strings.Repeat("y", 64), "pgvault_rescue_abc_1_1.orders", "pg_catalog.orders", "information_schema.orders",
	} {
		_, _, err := jobs.ParseTableName(text)
		require.Error(t, err, "%q", text)
	}
}

func TestWhatAnExistingDatabaseGets(t *testing.T) {
	t.Parallel()
	const start = `{"instance": "shop/orders", "target": {"server": {"host": "db.example.com"}, "database": "orders", `
	for _, good := range []string{
		`"tables": ["shop.orders", "shop.lines"], "into": {}`,
		`"tables": ["shop.orders"], "into": {"as": "shop.orders_before"}, "verify": true`,
		`"tables": ["shop.orders", "shop.lines"], "into": {"schema": "rescue", "allowPublications": true, "allowEventTriggers": true}, "content": "schema"`,
	} {
		input, err := jobs.Decode[jobs.RestoreInput]([]byte(start + good + `}}`))
		require.NoError(t, err, good)
		require.NotNil(t, input.Target.Into)
		require.Equal(t, input.Target.Into, jobs.PlaceOf(input.Target).Into)
	}
	for bad, says := range map[string]string{
		`"into": {}`:                      "named tables only",
		`"schemas": ["shop"], "into": {}`: "named tables only",
		`"tables": ["a"], "schemas": ["shop"], "into": {}`:                       "named tables only",
		`"tables": ["a"], "into": {}, "content": "data"`:                         "rows alone create none",
		`"tables": ["a"], "into": {}, "roles": true`:                             "without roles",
		`"tables": ["a"], "into": {}, "keepFailed": true`:                        "nothing is left of a failed job",
		`"tables": ["a"], "into": {}, "statistics": true`:                        "without roles and statistics",
		`"tables": ["a", "b"], "into": {"as": "x.y"}`:                            "several tables",
		`"tables": ["a"], "withChildren": true, "into": {"as": "x.y"}`:           "several tables",
		`"tables": ["a"], "into": {"as": "x.y", "schema": "x"}`:                  "not both",
		`"tables": ["a"], "into": {"as": "orders_before"}`:                       "with its schema",
		`"tables": ["a"], "into": {"schema": "` + strings.Repeat("x", 64) + `"}`: "1 to 63 bytes",
		`"tables": ["a"], "into": {"schema": "pgvault_rescue_0a1b2c3d4e5f_7_1"}`: "dropped with its job",
		`"tables": ["a"], "into": {"schema": "pg_catalog"}`:                      "the server's own",
		`"tables": ["a"], "into": {"as": "information_schema.a"}`:                "the server's own",
		`"tables": ["a"], "into": {"schemas": "x"}`:                              `unknown field "schemas"`,
		`"tables": ["a"], "into": true`:                                          `"target.into"`,
	} {
		_, err := jobs.Decode[jobs.RestoreInput]([]byte(start + bad + `}}`))
		require.ErrorContains(t, err, says, bad)
		require.Equal(t, failure.InvalidInput, failure.CodeOf(err))
	}
	_, err := jobs.Decode[jobs.RestoreInput]([]byte(`{"instance": "shop/orders", "target": {"container": "https://a.blob.core.windows.net/c", "into": {}}}`))
	require.ErrorContains(t, err, "files are restored whole")
}
