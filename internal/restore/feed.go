package restore

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// feed is what a COPY reads from. It remembers why reading failed, since what
// the server is told instead of data comes back in words of its own. And it can
// be ended: pgx may be reading still when a COPY has failed already.
type feed struct {
	reader io.Reader
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
	n, err := f.reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.failed.Store(&err)
	}
	return n, err
}

// end tells why a COPY failed: what reading failed for, or else the COPY's own
// error. Nobody reads any more then, once cancel has ended who does.
func (f *feed) end(cancel func(), copyErr error) error {
	if copyErr == nil {
		return nil
	}
	failed := f.failed.Load()
	cancel()
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	if failed != nil {
		return &readError{*failed}
	}
	return copyErr
}
