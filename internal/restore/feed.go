package restore

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/pgvault/pgvault/internal/progress"
)

// feed is the reader of a COPY. It keeps the error of a failed read, which the
// server returns in its own words. It can be stopped, since pgx may still be
// reading after a COPY has failed. Each read touches the line, because the
// bytes read before have been sent to the server by then: a few bytes of the
// dump may be many of a table.
type feed struct {
	reader io.Reader
	line   *progress.Line
	failed atomic.Pointer[error]
	mu     sync.Mutex
	ended  bool
}

func (f *feed) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return 0, io.ErrClosedPipe
	}
	f.line.Touch()
	n, err := f.reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.failed.Store(&err)
	}
	return n, err
}

// end returns the reason why a COPY failed: the error of the read, or else the
// COPY's own. After cancel has stopped the reader, nothing reads any more.
func (f *feed) end(cancel func(), copyErr error) error {
	failed := f.failed.Load()
	if copyErr != nil {
		cancel()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	if copyErr != nil && failed != nil {
		return &readError{*failed}
	}
	return copyErr
}
