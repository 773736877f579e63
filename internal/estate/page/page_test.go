package page_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/estatetest"
	"github.com/pgvault/pgvault/internal/estate/page"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
)

func render(t *testing.T, e estate.Estate, o page.Options) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, page.Write(&b, e, o))
	return b.String()
}

// TestEachInstanceHasItsState compares the marks with what the sample is made of.
func TestEachInstanceHasItsState(t *testing.T) {
	t.Parallel()
	html := render(t, estatetest.Sample(t, 10), page.Options{})
	marks := regexp.MustCompile(`<span class="mark (\w+)">\w+</span>\s*<span class="name">([^<]+)<`).FindAllStringSubmatch(html, -1)
	got := map[string]string{}
	for _, m := range marks {
		got[m[2]] = m[1]
	}
	for name, state := range map[string]string{
		"shop/never": "never", "shop/stale": "stale", "shop/failing": "failing", "shop/paused": "paused", "shop/late": "late", "shop/new": "waiting",
		"shop/stopped": "stopped", "team-00/db-0000": "fresh",
	} {
		require.Equal(t, state, got[name], name)
	}
	require.Equal(t, "shop/never", marks[0][2], "the worst is first")
	require.True(t, strings.Contains(html, "as of 2026-11-28 09:30 UTC · last sweep 2026-11-28 05:30 · hot: "))
	require.True(t, strings.Contains(html, `aria-label="Backups of the last 35 days: 0 good, 5 missed, 0 failed, 0 damaged"`))
	require.Len(t, regexp.MustCompile(`<title>[0-9-]{10}: `).FindAllString(html, -1), 35*len(marks), "each has a calendar of 35 days")
}

// TestStrangersTextsStayText: markup and characters that mislead are shown, and do
// nothing.
func TestStrangersTextsStayText(t *testing.T) {
	t.Parallel()
	evil := "<script>alert(1)</script>\u202e\x1b[31m\"'><img src=x onerror=y>"
	e := estatetest.Sample(t, 1)
	for n := range e.Instances {
		i := &e.Instances[n]
		i.Database, i.Server, i.Policy = evil, evil, evil
		i.Protection.Mode, i.Protection.By, i.Protection.Reason = vault.ProtectionState(evil), evil, evil
		i.LastFailure = &estate.Failure{Job: evil, Message: evil, At: e.At}
		i.Running = &estate.Running{Job: evil, Step: evil, Phase: evil, LastError: evil, Attempt: 2, Started: e.At}
		i.Problems = append(i.Problems, estate.Problem{Kind: estate.KindFailed, Severity: estate.Critical, Message: evil, Remedy: evil + "\n" + evil})
		i.Drill = &estate.Drill{Doubt: evil, Last: &estate.Proof{Point: evil, Verdict: proof.Verdict(evil)}, LastProven: &estate.Proof{Point: evil, Verdict: proof.Verdict(evil)}}
		i.Tiers = map[string]estate.Count{evil: {Points: 1}}
		i.Recent = []estate.Backup{{Point: evil, At: e.At, Committed: e.At}}
	}
	e.Vault.Unseen, e.Container = []string{evil}, evil
	html := render(t, e, page.Options{UI: "https://ui.example", Namespace: evil})
	require.False(t, strings.Contains(html, "<script"), "the page has %q", "<script")
	require.False(t, strings.Contains(html, "<img"), "the page has %q", "<img")
	require.False(t, strings.Contains(html, "\u202e"), "the page has %q", "\u202e")
	require.False(t, strings.Contains(html, "\x1b"), "the page has %q", "\x1b")
	require.True(t, strings.Contains(html, `\u202e`), "the character is shown")
	for _, link := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(html, -1) {
		require.True(t, strings.HasPrefix(link[1], "https://ui.example/namespaces/"), link[1])
	}
}

// TestThePageRequestsNothing: no address is in an attribute that loads, and the
// policy allows its own style and nothing else.
func TestThePageRequestsNothing(t *testing.T) {
	t.Parallel()
	html := render(t, estatetest.Sample(t, 3), page.Options{})
	require.NotRegexp(t, `(?i)(src|srcset|href|action|data)\s*=`, html)
	require.NotRegexp(t, `(?i)url\(|@import|javascript:|<link|<iframe|style="| on[a-z]+=`, html)
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(html)[1]
	sum := sha256.Sum256([]byte(style))
	policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(html)[1]
	require.Contains(t, strings.ReplaceAll(strings.ReplaceAll(policy, "&#39;", "'"), "&#43;", "+"), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	require.Contains(t, policy, "default-src &#39;none&#39;")
}

func TestLinksToTemporal(t *testing.T) {
	t.Parallel()
	html := render(t, estatetest.Sample(t, 0), page.Options{UI: "https://ui.example/", Namespace: "prod"})
	require.Contains(t, html, `href="https://ui.example/namespaces/prod/workflows/backup%2Fshop%2Ffailing`)
	require.Contains(t, html, `href="https://ui.example/namespaces/prod/schedules/backup%2Fshop%2Fnever"`)
	require.Contains(t, html, `href="https://ui.example/namespaces/prod/workflows?query=PgvaultInstance&#43;%3D&#43;%22shop%2Fnever%22"`)
	require.NotContains(t, render(t, estatetest.Sample(t, 0), page.Options{}), "href")
}

func TestALargeEstateFitsOnOnePage(t *testing.T) {
	t.Parallel()
	large := estatetest.Sample(t, 500)
	html := render(t, large, page.Options{})
	require.Less(t, len(html), 8<<20)
	require.Equal(t, 509, strings.Count(html, "<details>"))
	server := httptest.NewServer(page.Handler(func() (estate.Estate, time.Duration, bool) { return large, 0, true }, page.Options{}))
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	require.Equal(t, "gzip", response.Header.Get("Content-Encoding"))
	sent, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Less(t, len(sent), 512<<10)
	unpacked, err := gzip.NewReader(bytes.NewReader(sent))
	require.NoError(t, err)
	received, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	require.True(t, html == string(received))
}

func TestHandler(t *testing.T) {
	t.Parallel()
	get := func(h http.Handler) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w
	}
	none := get(page.Handler(func() (estate.Estate, time.Duration, bool) { return estate.Estate{}, 0, false }, page.Options{}))
	require.Equal(t, http.StatusServiceUnavailable, none.Code)
	some := get(page.Handler(func() (estate.Estate, time.Duration, bool) { return estatetest.Sample(t, 1), time.Minute, true }, page.Options{}))
	require.Equal(t, http.StatusOK, some.Code)
	require.Contains(t, some.Header().Get("Content-Security-Policy"), "default-src 'none'")
	require.Equal(t, "nosniff", some.Header().Get("X-Content-Type-Options"))
	require.Equal(t, "text/html; charset=utf-8", some.Header().Get("Content-Type"))
	require.False(t, strings.Contains(some.Body.String(), "not renewed"))
}

// TestAPageThatIsNotRenewedGoesStale shows an estate that was read two days ago.
func TestAPageThatIsNotRenewedGoesStale(t *testing.T) {
	t.Parallel()
	html := render(t, estatetest.Sample(t, 2), page.Options{Since: 48 * time.Hour})
	require.True(t, strings.Contains(html, "<b>not renewed</b> The vault has not been read for 48h."))
	require.False(t, strings.Contains(html, `class="mark fresh"`))
	require.True(t, strings.Contains(html, `<b>8</b> stale`))
	require.True(t, regexp.MustCompile(`class="mark stale">stale</span>\s*<span class="name">team-00/db-0000</span>\s*<span class="age"><b>55h14m</b>`).MatchString(html))
}

// TestCharts: the highest bar fills the chart, and each has its value as text.
func TestCharts(t *testing.T) {
	t.Parallel()
	e := estatetest.Sample(t, 0)
	for n := range e.Instances {
		e.Instances[n].Recent = nil
	}
	at := time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)
	e.Instances[0].Recent = []estate.Backup{{At: at, Bytes: 50, Seconds: 1, Good: true}, {At: at, Bytes: 100, Seconds: 3, Good: false}}
	html := render(t, e, page.Options{})
	for _, want := range []string{
		`<rect x="0" y="24" width="6" height="24"><title>2026-11-28 02:00: 50 B</title>`,
		`<rect x="8" y="0" width="6" height="48" class="bad"><title>2026-11-28 02:00: 100 B</title>`,
		`<rect x="0" y="32" width="6" height="16"><title>2026-11-28 02:00: 1s</title>`,
	} {
		require.Contains(t, html, want)
	}
}
