package archive

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/pierrec/lz4/v4"
)

// newLZ4 returns a reader of consecutive LZ4 frames, whose blocks have at most 4 MiB.
func newLZ4(chunks *chunkReader) stream {
	return &lz4Reader{source: &lz4Source{from: chunks}, Reader: lz4.NewReader(nil)}
}

type lz4Reader struct {
	*lz4.Reader
	source *lz4Source
}

func (z *lz4Reader) begin(Part) error {
	z.source.legacy = false
	z.Reset(z.source)
	return nil
}

func (z *lz4Reader) close() {}

// lz4Source fails at the second of two consecutive frames of LZ4's legacy format,
// which pg_dump does not write. The decoder recurses for each such frame, and would
// overflow its stack. A read of [lz4Word] bytes may be that of a magic number.
type lz4Source struct {
	from   io.Reader
	legacy bool
}

const (
	lz4Word   = 4
	lz4Legacy = 0x184C2102
)

func (s *lz4Source) Read(p []byte) (int, error) {
	if len(p) != lz4Word {
		s.legacy = false
		return s.from.Read(p)
	}
	n, err := io.ReadFull(s.from, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // the next read returns the error
	}
	legacy := n == lz4Word && binary.LittleEndian.Uint32(p) == lz4Legacy
	if legacy && s.legacy {
		return 0, damaged("it has LZ4 frames of the legacy format")
	}
	s.legacy = legacy
	return n, err
}
