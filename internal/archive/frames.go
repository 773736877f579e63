package archive

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// maxWindow is the most that a zstd frame may have its reader remember, in
// bytes: what pg_dump's level 22 and its "long" mode ask for. Memory of that
// size is taken for data that claims to need it.
const maxWindow = 128 << 20

// unzstd reads zstd frames that follow each other.
type unzstd struct {
	chunks  *chunkReader
	decoder *zstd.Decoder
}

func (u *unzstd) begin(Part) (err error) {
	from := struct{ io.Reader }{u.chunks}
	if u.decoder != nil {
		return u.decoder.Reset(from)
	}
	u.decoder, err = zstd.NewReader(from,
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	return err
}

func (u *unzstd) Read(p []byte) (int, error) { return u.decoder.Read(p) }

func (u *unzstd) close() {
	if u.decoder != nil {
		u.decoder.Close()
	}
}

// newLZ4 reads LZ4 frames that follow each other, of blocks of at most 4 MiB.
func newLZ4(chunks *chunkReader) stream {
	return &unlz4{source: &lz4Source{from: chunks}, Reader: lz4.NewReader(nil)}
}

type unlz4 struct {
	*lz4.Reader
	source *lz4Source
}

func (u *unlz4) begin(Part) error {
	u.source.legacy = false
	u.Reset(u.source)
	return nil
}

func (u *unlz4) close() {}

// lz4Source keeps the decoder from its own stack's end: it calls itself for
// each further frame of the old kind, which pg_dump does not write. It reads
// the words of a frame with four bytes each.
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
		err = nil // the next read tells
	}
	legacy := n == lz4Word && binary.LittleEndian.Uint32(p) == lz4Legacy
	if legacy && s.legacy {
		return 0, damaged("it has LZ4 frames of the old kind")
	}
	s.legacy = legacy
	return n, err
}
