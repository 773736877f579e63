package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestLongTextsOfADatabaseAreNotRead(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"the comment":  `EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), repeat('x', 100000000));`,
		"the settings": `FOR i IN 1..3 LOOP EXECUTE format('ALTER DATABASE %I SET a.s%s = %L', current_database(), i, repeat('x', 400000)); END LOOP;`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, database := localenvtest.Postgres(t), localenvtest.Database(t)
			require.NoError(t, p.Exec(t.Context(), database, "DO $$ BEGIN "+sql+" END $$"))
			conn, err := p.Connect(t.Context(), database)
			require.NoError(t, err)
			defer func() { _ = conn.Close(t.Context()) }()
			_, err = postgres.ReadDatabase(t.Context(), conn)
			require.Equal(t, failure.DumpRefused, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, name+" of database")
		})
	}
}
