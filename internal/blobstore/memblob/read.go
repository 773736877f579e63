package memblob

import (
	"context"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// piece is the maximum number of bytes of one Read.
const piece = 32 << 10

// Stat implements [blobstore.Backend].
func (s *Store) Stat(ctx context.Context, name string) (b blobstore.Blob, c blobstore.CopyStatus, err error) {
	err = s.do(ctx, Stat, func() error {
		v := s.current(name)
		if v == nil {
			return blobstore.ErrNotFound
		}
		b, c = v.shown(), v.copy
		b.MD5, b.Policy = nil, blobstore.ImmutabilityPolicy{} // only listings have these
		c.Pending = v.Tier == blobstore.Archive && c.Failure == ""
		return nil
	})
	return b, c, err
}

// shown returns the blob as an answer to a request has it.
func (v *version) shown() blobstore.Blob {
	b := v.Blob
	b.Meta = clone(b.Meta)
	return b
}

// Read implements [blobstore.Backend].
func (s *Store) Read(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	r := &reader{ctx: ctx, failsAfter: -1}
	if f := s.fault(Read); f != nil {
		if f.After <= 0 {
			return nil, "", f.Err
		}
		r.failsAfter, r.err = f.After, f.Err
	}
	v := s.current(name)
	switch {
	case v == nil:
		return nil, "", blobstore.ErrNotFound
	case etag != "" && etag != v.ETag:
		return nil, "", blobstore.ErrChanged
	case v.Tier == blobstore.Archive:
		return nil, "", blobstore.ErrArchived
	case offset+count > v.Size:
		return nil, "", blobstore.TooShort(max(v.Size-offset, 0), offset, count)
	}
	r.content = v.content[offset : offset+count]
	return r, v.ETag, nil
}

type reader struct {
	ctx     context.Context
	content []byte
	// failsAfter is the number of bytes before the reader fails. It is negative if
	// it never fails.
	failsAfter int64
	err        error
}

func (r *reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	if r.failsAfter == 0 {
		return 0, r.err
	}
	if len(r.content) == 0 {
		return 0, io.EOF
	}
	p = p[:min(len(p), piece)]
	if r.failsAfter > 0 {
		p = p[:min(int64(len(p)), r.failsAfter)]
	}
	n := copy(p, r.content)
	r.content = r.content[n:]
	if r.failsAfter > 0 {
		r.failsAfter -= int64(n)
	}
	return n, nil
}

func (r *reader) Close() error { return nil }

// ServerTime implements [blobstore.Backend].
func (s *Store) ServerTime(ctx context.Context) (at time.Time, err error) {
	err = s.do(ctx, ServerTime, func() error {
		at = s.clock().UTC().Truncate(time.Second)
		return nil
	})
	return at, err
}

// SoftDeleteDays implements [blobstore.Backend].
func (s *Store) SoftDeleteDays(ctx context.Context) (days int, err error) {
	err = s.do(ctx, SoftDeleteDays, func() error {
		days = s.o.SoftDeleteDays
		return nil
	})
	return days, err
}
