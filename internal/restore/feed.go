package restore

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/pgvault/pgvault/internal/progress"
)

// feed is what a COPY reads from. It remembers why reading failed, since what
// the server is told instead of data comes back in words of its own. And it can
// be ended: pgx may be reading still when a COPY has failed already. Each read
// touches the line, for what was read before has gone to the server by then: a few
// bytes of the dump may be many of a table.
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

// end returns the reason for which a COPY failed: that of the reading, or else the COPY's own
// error. Nobody reads any more then, once cancel has ended who does.
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
