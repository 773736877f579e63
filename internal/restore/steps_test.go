package restore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// The event trigger would refuse to fill a materialized view and to grant
// privileges.
func TestAnEventTriggerThatRefusesEverything(t *testing.T) {
	t.Parallel()
	from := localenvtest.Database(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, `
		CREATE TABLE a (n int PRIMARY KEY); INSERT INTO a SELECT generate_series(1, 10); GRANT SELECT ON a TO PUBLIC;
		CREATE MATERIALIZED VIEW inner_view AS SELECT sum(n) AS n FROM a; CREATE MATERIALIZED VIEW a_view AS SELECT n FROM inner_view;
		CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'nothing is changed here'; END $$;
		CREATE EVENT TRIGGER refuse_all ON ddl_command_start EXECUTE FUNCTION refuse(); COMMENT ON EVENT TRIGGER refuse_all IS 'no';
		ALTER EVENT TRIGGER refuse_all ENABLE ALWAYS`))
	dump, _ := stored(t, dumpFile(t, from, true))
	r, job := target(t)
	job.Connections = 1 // the archive's own order, in which it comes first
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	same(t, from, job.Unpublished)
}
