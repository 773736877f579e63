package dump_test

import (
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/progress/progresstest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// slowLine is a connection to a storage on which a block takes many times the
// stall limit, but each part of it less.
type slowLine struct {
	clock *progresstest.Clock
	step  time.Duration
	// part is the number of bytes sent at a time; 0 stops the line.
	part int
	line sync.Mutex

	mu     sync.Mutex
	parts  int
	refuse int // number of blocks that are read whole and then refused
}

func (l *slowLine) Do(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("comp") != "block" {
		return http.DefaultTransport.RoundTrip(r)
	}
	r.Body = &slowBody{ReadCloser: r.Body, line: l, request: r}
	if !l.refuses() {
		return http.DefaultTransport.RoundTrip(r)
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func (l *slowLine) refuses() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse--
	return l.refuse >= 0
}

func (l *slowLine) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.parts
}

type slowBody struct {
	io.ReadCloser
	line    *slowLine
	request *http.Request
}

func (b *slowBody) Read(p []byte) (int, error) {
	l := b.line
	l.line.Lock()
	defer l.line.Unlock()
	if err := b.request.Context().Err(); err != nil {
		return 0, err
	}
	n, err := 0, error(nil)
	if l.part > 0 {
		n, err = b.ReadCloser.Read(p[:min(len(p), l.part)])
	}
	if n == 0 && err != nil {
		return 0, err
	}
	l.clock.Pass(b.request.Context(), l.step)
	if l.part == 0 {
		<-b.request.Context().Done()
		return 0, b.request.Context().Err()
	}
	l.mu.Lock()
	l.parts++
	l.mu.Unlock()
	return n, err
}

// slow returns a dump over a slow line with a short stall limit.
func slow(t *testing.T) (dump.Dumper, dump.Request, *slowLine) {
	t.Helper()
	const limit = 200 * time.Millisecond
	line := &slowLine{clock: progresstest.NewClock(), step: limit * 6 / 10, part: 64}
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{Transport: line})
	r.StallTimeout = limit
	return d, r, line
}

func TestASlowLineToTheStorageIsNoStall(t *testing.T) {
	t.Parallel()
	for name, direct := range map[string]bool{"parallel": true, "single stream": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, r, line := slow(t)
			if !direct {
				d, r = pooled(t, d, r)
			}
			line.refuse = 1
			m := progress.NewMeter(line.clock.Now, "dump")
			result, err := d.Stream(t.Context(), r, m)
			require.NoError(t, err)
			require.Equal(t, direct, result.Layout.Method == dump.Parallel)
			require.Greater(t, line.count(), 20, "a block took no longer than the limit")
			if direct {
				require.Equal(t, m.Snapshot().Total, m.Bytes(), "what was sent again counts once")
			} else {
				require.Equal(t, result.Blob.Size-result.Layout.TOCSize, m.Bytes(), "what was sent again counts once")
			}
		})
	}
}

func TestALineThatStandsStillIsAStall(t *testing.T) {
	t.Parallel()
	d, r, line := slow(t)
	line.part, line.step = 0, 2*r.StallTimeout
	_, err := d.Stream(t.Context(), r, progress.NewMeter(line.clock.Now, "dump"))
	require.Equal(t, failure.TransferStalled, failure.CodeOf(err), "%v", err)
}
