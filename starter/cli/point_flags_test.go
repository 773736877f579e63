package cli

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimesOfPoints(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 26, 14, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2026-11-26 14:00":           noon,
		"2026-11-26T14:00":           noon,
		"2026-11-26 14:00:05":        noon.Add(5 * time.Second),
		"2026-11-26T14:00:00Z":       noon,
		"2026-11-26T15:00+01:00":     noon,
		"2026-11-26 15:00:00 +01:00": noon,
		"2026-11-26 13:00 -01:00":    noon,
		"2026-11-26":                 time.Date(2026, 11, 26, 23, 59, 59, 0, time.UTC),
	} {
		found, err := parseAt(text)
		require.NoError(t, err, text)
		require.True(t, want.Equal(found), "%s is %s", text, found)
	}
	for _, text := range []string{"", "yesterday", "14:00", "2026-13-01", "26.11.2026"} {
		_, err := parseAt(text)
		require.ErrorContains(t, err, "no time", text)
	}
}
