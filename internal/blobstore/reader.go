package blobstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/outage"
)

// stalled is the time without a byte after which a read drops its connection.
const stalled = time.Minute

// OpenRange returns a reader of count bytes from offset of the blob with the
// ETag. The reader reopens the blob at its position after an outage. It gives
// up after an outage longer than the outage limit of [New]. ctx must stay valid
// until the reader is closed. The caller must close it.
func (c *Container) OpenRange(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, error) {
	r := &reader{ctx: ctx, container: c, name: name, etag: etag, offset: offset, end: offset + count}
	if count <= 0 {
		return r, nil
	}
	if err := r.open(); err != nil {
		return nil, err
	}
	return r, nil
}

type reader struct {
	ctx         context.Context
	container   *Container
	name, etag  string
	offset, end int64

	stream io.ReadCloser // nil if none is open
	cancel context.CancelFunc
	away   outage.Wait // zero unless there is an outage
}

var _ io.ReadCloser = (*reader)(nil)

func (r *reader) Read(p []byte) (int, error) {
	if r.offset >= r.end {
		return 0, io.EOF
	}
	for {
		if r.stream == nil {
			if err := r.open(); err != nil {
				return 0, err
			}
		}
		n, err := r.read(p)
		if n > 0 || err == nil {
			return n, nil
		}
		if err := r.lost(err); err != nil {
			return 0, err
		}
	}
}

// read reads from the open stream and closes it after the first error.
func (r *reader) read(p []byte) (int, error) {
	p = p[:min(int64(len(p)), r.end-r.offset)]
	watch := time.AfterFunc(stalled, r.cancel)
	n, err := r.stream.Read(p)
	watch.Stop()
	r.offset += int64(n)
	if n > 0 {
		r.container.answered(r.ctx, r.away)
		r.away = outage.Wait{For: "read " + r.name}
	}
	if err != nil {
		_ = r.Close()
	}
	return n, err
}

// lost returns nil if the broken stream is to be reopened.
func (r *reader) lost(err error) error {
	what := "read " + r.name
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // a backend never returns it; the caller must not take it for the end
	}
	err = during(r.ctx, what, err)
	if failure.CodeOf(err) != failure.StorageUnavailable {
		return err
	}
	r.away.For = what
	r.container.failed(r.ctx, &r.away, err)
	if time.Since(r.away.Since) > outage.Patience(r.ctx, r.container.outageLimit) {
		return err
	}
	if !sleep(r.ctx, firstPause) {
		return fmt.Errorf("%s: %w", what, r.ctx.Err())
	}
	return nil
}

// open opens the stream at the current position. An attempt's timeout would
// also end the stream, so a watch ends a stalled request instead.
func (r *reader) open() error {
	c := r.container
	return c.retry(r.ctx, c.outageLimit, 0, "read "+r.name, func(context.Context) error {
		ctx, cancel := context.WithCancel(r.ctx)
		watch := time.AfterFunc(stalled, cancel)
		defer watch.Stop()
		stream, etag, err := c.backend.Read(ctx, r.name, r.etag, r.offset, r.end-r.offset)
		if err != nil {
			cancel()
			return err
		}
		r.stream, r.cancel, r.etag = stream, cancel, etag
		return nil
	})
}

// Close closes the reader.
func (r *reader) Close() error {
	if r.stream == nil {
		return nil
	}
	r.cancel()
	err := r.stream.Close()
	r.stream = nil
	return err
}
