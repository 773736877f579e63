package azureblob

import (
	"crypto/md5"
	"errors"
	"io"
	"sync"
)

// checksum returns the MD5 of content, which Azure Storage compares with what
// it receives. CRC64 would be cheaper, but Azurite does not support it.
func checksum(content []byte) []byte {
	sum := md5.Sum(content)
	return sum[:]
}

var errRevoked = errors.New("the request is over")

// body is the body of one request. The HTTP client may read a body after its
// request has failed. revoke stops that, so that a reused buffer is not sent as
// the content of an earlier block.
type body struct {
	// moved is called whenever the client has read bytes.
	moved   func()
	mu      sync.Mutex
	content []byte
	at      int64
	revoked bool
}

var _ io.ReadSeekCloser = (*body)(nil)

func newBody(content []byte, moved func()) *body { return &body{content: content, moved: moved} }

// unseen ignores the progress of a transfer.
func unseen() {}

func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.revoked {
		return 0, errRevoked
	}
	if b.at >= int64(len(b.content)) {
		return 0, io.EOF
	}
	n := copy(p, b.content[b.at:])
	b.at += int64(n)
	b.moved()
	return n, nil
}

func (b *body) Seek(offset int64, whence int) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += b.at
	case io.SeekEnd:
		offset += int64(len(b.content))
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning")
	}
	b.at = offset
	return offset, nil
}

func (b *body) Close() error { return nil }

func (b *body) revoke() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revoked, b.content = true, nil
}
