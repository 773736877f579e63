package azureblob

import (
	"errors"
	"io"
)

// download is the body of an answer. It maps its errors, and an early end is an
// error.
type download struct {
	io.ReadCloser
	backend *Backend
	left    int64
}

func (d *download) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	d.left -= int64(n)
	if errors.Is(err, io.EOF) && d.left <= 0 {
		return n, io.EOF
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, d.backend.classify(err)
}
