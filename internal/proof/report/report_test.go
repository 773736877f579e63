package report_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/internal/proof/report"
	"github.com/pgvault/pgvault/internal/proof/report/reporttest"
)

func render(t *testing.T, r report.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, r))
	return b.String()
}

var (
	since = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	until = since.AddDate(1, 0, 0)
)

func day(month, d int) time.Time { return time.Date(2026, time.Month(month), d, 0, 0, 0, 0, time.UTC) }

// drilled returns the record of a drill that took so many seconds.
func drilled(at time.Time, seconds int, change func(*proof.Record)) chain.Record {
	r := chain.Record{Record: proof.Record{RecordedAt: at, Phases: []proof.Phase{{Name: proof.PhaseRestore, Begin: at.Add(-time.Duration(seconds) * time.Second), End: at}}}}
	if change != nil {
		change(&r.Record)
	}
	r.Judge()
	return r
}

func TestGapsAreSpansWithoutAProofThatCounts(t *testing.T) {
	t.Parallel()
	failed := func(r *proof.Record) { r.Failure = &proof.Failure{Phase: "restore", Code: "StorageUnavailable"} }
	days := policy.Duration{Days: 90}
	for name, c := range map[string]struct {
		keep    policy.Duration
		records []chain.Record
		want    []report.Gap
	}{
		"no drills":     {want: []report.Gap{{From: since, To: until}}},
		"never drilled": {keep: days, want: []report.Gap{{From: since, To: until}}},
		"one":           {keep: days, records: []chain.Record{drilled(day(3, 1), 1, nil)}, want: []report.Gap{{From: since, To: day(3, 1)}, {From: day(5, 30), To: until}}},
		"overlapping": {keep: days, records: []chain.Record{drilled(since, 1, nil), drilled(day(3, 1), 1, nil), drilled(day(5, 1), 1, nil)},
			want: []report.Gap{{From: day(7, 30), To: until}}},
		"a failed drill proves nothing": {keep: days, records: []chain.Record{drilled(since, 1, nil), drilled(day(6, 1), 1, failed)},
			want: []report.Gap{{From: day(4, 1), To: until}}},
		"a proof of before still counts": {keep: days, records: []chain.Record{drilled(since.AddDate(0, 0, -30), 1, nil), drilled(day(3, 1), 1, nil)},
			want: []report.Gap{{From: day(5, 30), To: until}}},
		"whole": {keep: policy.Duration{Years: 1}, records: []chain.Record{drilled(since, 1, nil)}},
	} {
		i := report.New(report.Input{Name: "a", KeepFor: c.keep, Records: c.records}, since, until)
		require.Equal(t, c.want, i.Gaps, name)
	}
}

func TestAnInstanceSumsItsDrillsUp(t *testing.T) {
	t.Parallel()
	i := report.New(report.Input{Name: "a", KeepFor: policy.Duration{Days: 90}, Records: []chain.Record{
		drilled(day(1, 1).AddDate(0, 0, -1), 5, nil),
		drilled(day(2, 1), 30, nil),
		drilled(day(3, 1), 90, func(r *proof.Record) { r.Compared.Omit("materialized view public.sums") }),
		drilled(day(4, 1), 60, func(r *proof.Record) {
			r.Checks = []proof.Check{{Name: "totals", Outcome: proof.CheckError, SQLState: "22012"}}
		}),
		drilled(day(5, 1), 20, func(r *proof.Record) { r.AMCheck.Corrupt = 1 }),
	}}, since, until)
	require.Equal(t, []int{1, 1, 2}, []int{i.Proven, i.Partly, i.Failed})
	require.Equal(t, day(3, 1), i.LastProof)
	require.Equal(t, proof.Failed, i.Newest)
	require.InDelta(t, 60, i.MedianSeconds, 0)
	require.InDelta(t, 90, i.LongestSeconds, 0)
	reasons := []string{"", "not proven: materialized view public.sums", "check totals: 22012", "amcheck found corrupt relations"}
	for n, want := range reasons {
		require.Equal(t, want, i.Drills[n].Reason)
	}
	require.Len(t, i.Remarkable(), 2)
	require.Equal(t, day(5, 1), i.Remarkable()[0].RecordedAt)
}

func TestThePageShowsWhatTheReportSays(t *testing.T) {
	t.Parallel()
	r := reporttest.Sample(10)
	html := render(t, r)
	for _, says := range []string{
		"<b>8 of 10</b> instances with a proof that counts now", "<b>436</b> drills", "<b>9 of 10</b> chains of records whole</li>", "record 17 is missing",
		"table public.orders: rows (expected 1000000 rows, found 999999 rows)", "not proven: materialized view public.sums",
		"no drills are defined", "2025-11-28 to 2026-11-28", "The oldest reading is of 2025-10-28.",
	} {
		require.Contains(t, html, says)
	}
	for _, c := range report.Controls() {
		require.Contains(t, html, strings.Join(c.Supports, " · "), c.Line)
	}
	require.Contains(t, render(t, report.Report{At: until}), "No scrub is defined.")
	require.Regexp(t, `db-0004</td><td><span class="mark partly">partly`, html, "what was left out is said")
}

// TestThePageRequestsNothing: no address is in an attribute that loads, and the policy
// allows its own style and nothing else.
func TestThePageRequestsNothing(t *testing.T) {
	t.Parallel()
	html := render(t, reporttest.Sample(3))
	require.NotRegexp(t, `(?i)(src|srcset|href|action|data)\s*=`, html)
	require.NotRegexp(t, `(?i)url\(|@import|javascript:|<script|<link|<iframe|style="| on[a-z]+=`, html)
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(html)[1]
	sum := sha256.Sum256([]byte(style))
	require.Contains(t, html, "style-src &#39;sha256-"+strings.ReplaceAll(base64.StdEncoding.EncodeToString(sum[:]), "+", "&#43;")+"&#39;")
}

func TestStrangersTextsStayText(t *testing.T) {
	t.Parallel()
	evil := "<script>alert(1)</script>\u202e\x1b[31m\"'><img src=x onerror=y>"
	r := reporttest.Sample(1)
	r.Vault, r.VaultID, r.PgvaultVersion = evil, evil, evil
	i := &r.Instances[0]
	i.Name = evil
	i.Chain.Problems = []chain.Problem{{Message: evil}}
	i.Chain.HeadSHA256 = evil
	for n := range i.Drills {
		d := &i.Drills[n]
		d.Point, d.Reason, d.Verdict = evil, evil, proof.Verdict(evil)
	}
	html := render(t, r)
	for _, text := range []string{"<script", "<img", "\u202e", "\x1b"} {
		require.False(t, strings.Contains(html, text), "the page has %q", text)
	}
	require.True(t, strings.Contains(html, `\u202e`), "the character is shown")
}
