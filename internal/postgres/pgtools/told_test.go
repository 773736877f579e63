package pgtools_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

func TestWhatIsToldOfARestoresErrors(t *testing.T) {
	t.Parallel()
	const left = "the message is left out, since it may quote values"
	for message, want := range map[string]string{
		`could not create unique index "people_pkey"` + "\nDETAIL:  Key (name)=(Canary) is duplicated.":          `could not create unique index "people_pkey"`,
		`invalid input syntax for type integer: "Canary"`:                                                        left,
		`value "Canary" is out of range for type integer`:                                                        left,
		"no Canary\nCONTEXT:  PL/pgSQL function shop.f(text) line 1 at RAISE\nSQL statement \"SELECT 'Canary'\"": left + " [PL/pgSQL function shop.f(text) line 1 at RAISE]",
		"bad\nCONTEXT:  SQL function \"f\" statement 1":                                                          left,
		"missing data for column \"b\"\nCONTEXT:  COPY people, line 2: \"Canary\"":                               `missing data for column "b" [COPY people, line 2]`,
		`permission denied for table "odd: name"`:                                                                `permission denied for table "odd: name"`,
		`role "clerk" does not exist`:                                                                            `role "clerk" does not exist`,
		`syntax error at or near "Canary"` + "\nLINE 1: SELECT 'Canary'":                                         `syntax error at or near "Canary"`,
	} {
		e := pgtools.RestoreError{TOCEntry: "INDEX i", Message: message}
		require.Equal(t, "INDEX i: "+want, e.String())
	}
	for statement, want := range map[string]string{
		"CREATE INDEX i ON t (a)":                                  "CREATE INDEX i ON t (a)",
		"ALTER TABLE t ALTER a SET DEFAULT 'Canary'::text":         "ALTER TABLE t ALTER a SET DEFAULT …",
		`CREATE TABLE "a 'b' 7" (n int DEFAULT 7741)`:              `CREATE TABLE "a 'b' 7" (n int DEFAULT …`,
		"CREATE POLICY p ON t USING ((n1 = 7741))":                 "CREATE POLICY p ON t USING ((n1 = …",
		"CREATE INDEX i ON t (f(7741))":                            "CREATE INDEX i ON t (f( …",
		"COMMENT ON TABLE t IS 'Canary'":                           "COMMENT ON TABLE t IS …",
		"CREATE FUNCTION f() RETURNS int AS $$ SELECT 'Canary' $$": "CREATE FUNCTION f() RETURNS int AS …",
	} {
		require.Equal(t, want, pgtools.WithoutTexts(statement))
	}
}
