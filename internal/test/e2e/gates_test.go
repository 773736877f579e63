package e2e_test

import (
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// newGatedWorld returns a world whose processes reach the storage through a
// proxy.
func newGatedWorld(t *testing.T) (*world, *localenv.Proxy) {
	t.Helper()
	env := localenvtest.Env(t)
	proxy := gate(t, env)
	return newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + "/" + path.Base(env.VaultURL)}), proxy
}

func gate(t *testing.T, env *localenv.Env) *localenv.Proxy {
	t.Helper()
	proxy, err := localenv.StartProxy(env.Azurite.URL, env.CA)
	require.NoError(t, err)
	t.Cleanup(proxy.Stop)
	return proxy
}

// hold is Proxy.Hold, released at the latest when the test ends.
func hold(t *testing.T, proxy *localenv.Proxy, match localenv.Match) (held <-chan struct{}, release func()) {
	t.Helper()
	held, release = proxy.Hold(match)
	t.Cleanup(release)
	return held, release
}

func await(t *testing.T, held <-chan struct{}, w *worker) {
	t.Helper()
	select {
	case <-held:
	case <-time.After(patience):
		require.Fail(t, "no request came to the gate", "%s", w.output.Bytes())
	}
}

// stagedAfter matches the instance's staged blocks from the nth.
func stagedAfter(i instance, n int32) localenv.Match {
	var staged atomic.Int32
	return func(r *http.Request) bool {
		return r.Method == http.MethodPut && r.URL.Query().Get("comp") == "block" &&
			strings.Contains(r.URL.Path, "/"+i.Name+"/points/") && strings.HasSuffix(r.URL.Path, ".dump") && staged.Add(1) > n
	}
}

// damage changes one byte of an instance's only dump.
func (w *world) damage(t *testing.T, i instance) {
	t.Helper()
	for _, name := range w.blobs(t, pointsOf(i)) {
		if strings.HasSuffix(name, ".dump") {
			content := w.download(t.Context(), t, name)
			content[len(content)/2] ^= 1
			_, err := w.container(t).NewBlockBlobClient(name).UploadBuffer(t.Context(), content, nil)
			require.NoError(t, err)
		}
	}
}

// reads counts the reads of a dump by their first and last bytes.
type reads struct {
	mu     sync.Mutex
	ranges map[string]int
}

// note counts a request for a part of an instance's dump and returns the part's
// offset.
func (c *reads) note(r *http.Request, i instance) (from int64, ok bool) {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/"+i.Name+"/points/") || !strings.HasSuffix(r.URL.Path, ".dump") {
		return 0, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	asked, _ := strings.CutPrefix(r.Header.Get("x-ms-range")+r.Header.Get("Range"), "bytes=")
	if c.ranges == nil {
		c.ranges = map[string]int{}
	}
	c.ranges[asked]++
	begin, _, _ := strings.Cut(asked, "-")
	from, err := strconv.ParseInt(begin, 10, 64)
	return from, err == nil
}

// from returns the number of reads that begin at an offset.
func (c *reads) from(offset int64) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for asked, times := range c.ranges {
		if strings.HasPrefix(asked, strconv.FormatInt(offset, 10)+"-") {
			n += times
		}
	}
	return n
}

// count returns the number of parts read.
func (c *reads) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.ranges)
}

// holdBody lets the first n bytes of data in an instance's dump through to the
// next reader, and the rest after release.
func holdBody(t *testing.T, w *world, proxy *localenv.Proxy, i instance, n int64) (held <-chan struct{}, release func()) {
	t.Helper()
	waiting, released := make(chan struct{}), make(chan struct{})
	release = sync.OnceFunc(func() { close(released) })
	t.Cleanup(release)
	client := w.env.CA.Client()
	proxy.Answer(1, func(r *http.Request) bool {
		from, ok := new(reads).note(r, i)
		return ok && from > 0 // not the table of contents
	}, func(out http.ResponseWriter, r *http.Request) {
		upstream := r.Clone(r.Context())
		upstream.RequestURI = ""
		upstream.URL.Scheme, upstream.URL.Host, upstream.Host = "https", strings.TrimPrefix(w.env.Azurite.URL, "https://"), ""
		upstream.URL.Host, _, _ = strings.Cut(upstream.URL.Host, "/")
		response, err := client.Do(upstream)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		defer response.Body.Close()
		for name, values := range response.Header {
			out.Header()[name] = values
		}
		out.WriteHeader(response.StatusCode)
		_, _ = io.CopyN(out, response.Body, n)
		_ = http.NewResponseController(out).Flush()
		close(waiting)
		<-released
		_, _ = io.Copy(out, response.Body)
	})
	return waiting, release
}
