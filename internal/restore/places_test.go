package restore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// pg_restore restores over a single connection.
func TestARestoreByARoleOfFewConnections(t *testing.T) {
	t.Parallel()
	p, from := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), from, `DO $$ BEGIN FOR i IN 1..12 LOOP
		EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY, filler text); INSERT INTO t%s SELECT i, repeat(md5(i::text), 20) FROM generate_series(1, 3000) i; CREATE INDEX ON t%s (filler)', i, i, i);
	END LOOP; END $$; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM t1; CREATE MATERIALIZED VIEW n AS SELECT count(*) FROM t2`))
	content := dumpFile(t, from, true)
	for _, limit := range []int{1, 2} {
		t.Run(fmt.Sprintf("limit %d", limit), func(t *testing.T) {
			t.Parallel()
			dump, _ := stored(t, content)
			r, job := target(t)
			role, password := localenvtest.User(t)
			require.NoError(t, p.Exec(t.Context(), "postgres", fmt.Sprintf(
				"ALTER ROLE %s CREATEDB CONNECTION LIMIT %d; ALTER DATABASE %s OWNER TO %s", role, limit, job.Unpublished, role)))
			r.Source = signintest.Given{Secret: p.URI("postgres", role, password)}
			job.Owners = false
			loaded, _, err := load(t, r, job, dump)
			require.NoError(t, err)
			require.Contains(t, strings.Join(loaded.Notes, "\n"), fmt.Sprintf("the target had %d free connections", limit))
			require.Equal(t, contents(t, from), contents(t, job.Unpublished))
		})
	}
}
