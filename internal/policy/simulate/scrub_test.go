package simulate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/simulate"
)

func scrubbed(t *testing.T, every policy.Duration, bytes int64) []simulate.ScrubResult {
	t.Helper()
	o := options(t)
	o.Scrub = &instance.Scrub{Schedule: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 6}}}.WithDefaults(), Every: every, BytesPerRun: bytes}
	o.Years = 3
	var years []simulate.ScrubResult
	for _, y := range run(t, o).Years {
		years = append(years, *y.Scrub)
	}
	return years
}

// The dumps of the example have 1,000 bytes. Of each year, 12 points live six
// months in the standard tier, and the others three.
func TestWhatScrubsRead(t *testing.T) {
	t.Parallel()
	require.Equal(t, []simulate.ScrubResult{{}, {}, {}}, scrubbed(t, policy.Duration{Months: 7}, 1<<40),
		"nothing is in the standard tier for so long")
	yearly := scrubbed(t, policy.Duration{Months: 4}, 1<<40)
	require.Equal(t, simulate.ScrubResult{Points: 8, Bytes: 8000}, yearly[0], "those of January to August, four months later")
	require.Equal(t, simulate.ScrubResult{Points: 12, Bytes: 12_000}, yearly[1])

	weekly, narrow := scrubbed(t, policy.Duration{Days: 7}, 1<<40), scrubbed(t, policy.Duration{Days: 7}, 1)
	require.Zero(t, weekly[2].Overdue)
	require.Greater(t, weekly[2].Points, 10*156, "each is read a dozen times before it expires")
	require.Equal(t, 365, narrow[1].Points, "one a day, however small the room is")
	require.Equal(t, int64(365_000), narrow[1].Bytes)
	require.Positive(t, narrow[1].Overdue)
}

func TestASimulationWithoutScrubs(t *testing.T) {
	t.Parallel()
	require.Nil(t, run(t, options(t)).Years[0].Scrub)
}
