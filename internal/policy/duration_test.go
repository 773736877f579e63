package policy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
)

func TestDurationText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"30d": "30d", "12w": "84d", "6m": "6m", "10y": "10y", "1y6m": "1y6m", "P30D": "30d", "p1y2m3w4d": "1y2m25d", "0d": "0d",
	} {
		d, err := policy.ParseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, d.String(), text)
	}
	for _, text := range []string{"", "P", "30", "d", "30 d", "-1d", "1d1y", "1.5y", "24h", "PT6H", "99999y"} {
		_, err := policy.ParseDuration(text)
		require.Error(t, err, text)
	}
}

func TestDurationAddTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, duration, want string }{
		{"2027-01-31T02:00:00Z", "1m", "2027-02-28T02:00:00Z"},
		{"2027-01-31T02:00:00Z", "1m1d", "2027-03-01T02:00:00Z"},
		{"2028-02-29T02:00:00Z", "1y", "2029-02-28T02:00:00Z"},
		{"2026-11-24T02:00:00Z", "30d", "2026-12-24T02:00:00Z"},
		{"2026-11-24T02:00:00Z", "10y", "2036-11-24T02:00:00Z"},
		{"2026-12-31T02:00:00Z", "2m", "2027-02-28T02:00:00Z"},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		require.NoError(t, err)
		d, err := policy.ParseDuration(c.duration)
		require.NoError(t, err)
		require.Equal(t, c.want, d.AddTo(from).Format(time.RFC3339), "%s + %s", c.from, c.duration)
	}
}

func TestClockDurationText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"15m": "15m", "90m": "1h30m", "6h": "6h", "PT6H": "6h", "PT1H30M": "1h30m", "45s": "45s", "0s": "0s", "10m10s": "10m10s", "24h0m10s": "24h0m10s",
	} {
		d, err := policy.ParseClockDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, d.String(), text)
		back, err := policy.ParseClockDuration(d.String())
		require.NoError(t, err)
		require.Equal(t, d, back)
	}
	for _, text := range []string{"", "15", "1d", "-1m", "P1D", "soon"} {
		_, err := policy.ParseClockDuration(text)
		require.Error(t, err, text)
	}
}
