package matrix_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// firstStatistics is the first version whose programs and servers dump and
// restore statistics.
const firstStatistics = 18

// A dump has the planner's statistics if requested, and a restore restores them
// if requested.
func TestStatisticsOnRequest(t *testing.T) {
	t.Parallel()
	for _, c := range combinations(t) {
		t.Run(c.String(), func(t *testing.T) {
			s := newSetting(t, c)
			s.dumpStatistics = s.tools.Major >= firstStatistics
			s.source(t, "UTF8", `CREATE TABLE public.measured (a int, b int) WITH (autovacuum_enabled = false);
				INSERT INTO public.measured SELECT i, i % 7 FROM generate_series(1, 5000) i; CREATE INDEX ON public.measured (b); CREATE STATISTICS public.both (dependencies) ON a, b FROM public.measured;
				CREATE MATERIALIZED VIEW public.seen WITH (autovacuum_enabled = false) AS SELECT * FROM public.measured; ANALYZE public.measured; ANALYZE public.seen`)
			_, stored, result := s.dump(t, "gzip")
			for _, asked := range []bool{false, true} {
				s.restoreStatistics = asked && s.dumpStatistics && s.server >= firstStatistics
				database := s.emptyDatabase(t)
				s.load(t, database, stored, result)
				var columns int
				require.NoError(t, s.connect(t, database).QueryRow(t.Context(),
					"SELECT count(*) FROM pg_catalog.pg_stats WHERE tablename IN ('measured', 'seen') AND n_distinct <> 0").Scan(&columns))
				require.Equal(t, map[bool]int{true: 4, false: 0}[s.restoreStatistics], columns)
			}
		})
	}
}
