package picture_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy/simulate"
	"github.com/pgvault/pgvault/internal/policy/simulate/picture"
)

func small(years int) simulate.Result {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(years, 0, 0)
	r := simulate.Result{
		Policy: "a<b>&c", TimeZone: "UTC", From: from, To: to, Taken: 3, Failed: 1,
		Rules:    []simulate.RuleResult{{Rule: "Monthly", Keeps: "6m, then 24m in archive"}, {Rule: "Default", Keeps: "30d"}},
		Failures: []time.Time{to.AddDate(0, 0, -3)},
		All: []simulate.Point{
			{Time: from, Rule: "Monthly", Archived: from.AddDate(0, 6, 0), Expires: to.AddDate(1, 0, 0)},
			{Time: from.AddDate(0, 0, 1), Rule: "Default", Removed: from.AddDate(0, 1, 1)},
			{Time: to.AddDate(0, 0, -1), Rule: "Default"},
		},
	}
	for at := from; at.Before(to); at = at.AddDate(0, 0, 7) {
		r.Samples = append(r.Samples, simulate.Sample{At: at, Points: simulate.Tiers{Standard: 2}, Bytes: simulate.Stored{Standard: 3 << 30, Archive: 1 << 30}})
	}
	return r
}

// The picture is XML, its texts are escaped, each tick has the colour of its
// tier, and everything is within the picture.
func TestDraw(t *testing.T) {
	t.Parallel()
	for _, years := range []int{1, 2, 10, 30} {
		svg := picture.Draw(small(years))
		requireXML(t, svg)
		for _, text := range []string{"a&lt;b&gt;&amp;c", "Monthly", "6m, then 24m in archive", "GiB", ">2026</text>", "3 backups taken, 1 failed"} {
			require.Contains(t, svg, text)
		}
		ticks := func(colour string) int { return strings.Count(svg, `stroke="`+colour+`" stroke-width="1.6"`) }
		panels := 1
		if years > 1 {
			panels = 2
		}
		require.Equal(t, panels, ticks("#2b6cb0"), "the young point, in each panel")
		require.Equal(t, 1, ticks("#e08a1e"), "the archived one, in the whole")
		require.Equal(t, 1, ticks("#cfd6de"), "the one that is gone")
		require.Equal(t, panels, ticks("#c0262d"))
		require.NotContains(t, svg, "NaN")
		require.NotContains(t, svg, "Inf")
		require.Equal(t, svg, picture.Draw(small(years)))
	}
}

func TestDrawNothing(t *testing.T) {
	t.Parallel()
	r := small(10)
	r.All, r.Failures = nil, nil
	for i := range r.Samples {
		r.Samples[i] = simulate.Sample{At: r.Samples[i].At}
	}
	svg := picture.Draw(r)
	requireXML(t, svg)
	require.NotContains(t, svg, "NaN")
}

func requireXML(t *testing.T, text string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}
