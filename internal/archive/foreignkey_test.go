package archive_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
)

func TestForeignKeysAreReadAsPgDumpWritesThem(t *testing.T) {
	t.Parallel()
	e := archive.Entry{Defn: `ALTER TABLE ONLY "a ""b"".c"."t"` + "\n" + `    ADD CONSTRAINT "k;" FOREIGN KEY ("x", "y, z") REFERENCES "s"."p"("a", "b") MATCH FULL ON DELETE SET NULL ("x") DEFERRABLE INITIALLY DEFERRED NOT VALID;` + "\n"}
	key, err := e.ForeignKey()
	require.NoError(t, err)
	require.Equal(t, archive.ForeignKey{
		Schema: `a "b".c`, Table: "t", Name: "k;", Columns: []string{"x", "y, z"}, ToSchema: "s", ToTable: "p", ToColumns: []string{"a", "b"},
		Clauses: ` MATCH FULL ON DELETE SET NULL ("x") DEFERRABLE INITIALLY DEFERRED`,
	}, key)

	e.Defn = `ALTER TABLE "s"."t"` + "\n" + `    ADD CONSTRAINT "k" FOREIGN KEY ("x") REFERENCES "s"."p"("a");` + "\n"
	key, err = e.ForeignKey()
	require.NoError(t, err)
	require.True(t, key.Valid)
	require.Empty(t, key.Clauses)

	e.Defn = `ALTER TABLE "s"."t"` + "\n" + `    ADD CONSTRAINT "k" FOREIGN KEY ("x") REFERENCES "s"."p"("a") NOT ENFORCED;` + "\n"
	key, err = e.ForeignKey()
	require.NoError(t, err)
	require.False(t, key.Valid)
	require.Equal(t, " NOT ENFORCED", key.Clauses)
}

func TestAForeignKeyHidesNoOtherStatement(t *testing.T) {
	t.Parallel()
	const head = `ALTER TABLE "s"."t"` + "\n" + `    ADD CONSTRAINT "k" FOREIGN KEY `
	for _, definition := range []string{
		"", "ALTER TABLE", head, head + `("x") REFERENCES "s"."p"("a"); DROP TABLE "s"."p";` + "\n",
		head + `("x") REFERENCES "s"."p"("a") ON DELETE CASCADE; DROP TABLE "s"."p";` + "\n",
		head + `("x") REFERENCES s.p("a");` + "\n", head + `("x") REFERENCES "s"."p"("a")`, head + `(x) REFERENCES "s"."p"("a");` + "\n",
		head + `("x") REFERENCES "s"."p"("a") ON DELETE SET NULL ("x"); DROP TABLE "y");` + "\n",
		`DROP TABLE "s"."t"; ` + head + `("x") REFERENCES "s"."p"("a");` + "\n",
	} {
		e := archive.Entry{Defn: definition}
		_, err := e.ForeignKey()
		require.ErrorIs(t, err, archive.ErrDamaged, definition)
	}
}
