package archive

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash"
	"hash/adler32"
	"io"
	"strings"

	"github.com/klauspost/compress/flate"
)

// finalBlock is the empty stored block that ends a stream of deflate.
const finalBlock = "\x01\x00\x00\xff\xff"

// zlibReader reads a zlib stream, or a piece of one. It compares the checksum of
// a whole stream. The checksum at the end of the last piece covers all pieces,
// and is compared by [VerifyPieces].
type zlibReader struct {
	chunks *chunkReader
	part   Part
	// from buffers the input: flate reads fastest from an io.ByteReader, and no
	// byte beyond the end of the stream.
	from   *bufio.Reader
	flate  io.ReadCloser
	adler  hash.Hash32
	length int64
	// recorded is the checksum at the end of the stream.
	recorded uint32
}

func (z *zlibReader) begin(p Part) error {
	z.part = p
	var from io.Reader = struct{ io.Reader }{z.chunks}
	if !p.Last {
		// A piece ends where its compressor was flushed. A final block after it can
		// be decoded only if the piece is complete.
		from = io.MultiReader(from, strings.NewReader(finalBlock))
	}
	z.source(from)
	z.length = 0
	if !p.First {
		return nil
	}
	var head [2]byte
	if _, err := io.ReadFull(z.from, head[:]); err != nil {
		return err
	}
	if head[0]&15 != 8 || head[1]&32 != 0 || binary.BigEndian.Uint16(head[:])%31 != 0 {
		return damaged("the data does not begin with a header of zlib")
	}
	return nil
}

// source has flate read from there. It allocates its buffers once.
func (z *zlibReader) source(from io.Reader) {
	if z.flate == nil {
		z.from = bufio.NewReaderSize(from, readBuffer)
		z.flate, z.adler = flate.NewReader(z.from), adler32.New()
		return
	}
	z.from.Reset(from)
	_ = z.flate.(flate.Resetter).Reset(z.from, nil) // its error is always nil
	z.adler.Reset()
}

func (z *zlibReader) Read(p []byte) (int, error) {
	n, err := z.flate.Read(p)
	_, _ = z.adler.Write(p[:n])
	z.length += int64(n)
	if errors.Is(err, io.EOF) {
		err = z.end()
	}
	return n, err
}

// end reads the checksum after the last block, if the piece has it. It returns
// io.EOF if nothing follows.
func (z *zlibReader) end() error {
	if z.part.Last {
		var sum [4]byte
		if _, err := io.ReadFull(z.from, sum[:]); err != nil {
			return err
		}
		z.recorded = binary.BigEndian.Uint32(sum[:])
		if z.part.First && z.recorded != z.adler.Sum32() {
			return damaged("the data does not match its checksum")
		}
	}
	if _, err := z.from.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("the data goes on after its end: %v", err)
	}
	return io.EOF
}

// checksum returns the checksum of the piece.
func (z *zlibReader) checksum() PieceChecksum {
	if z.adler == nil {
		return PieceChecksum{rows: Sum{Adler: 1}} // a piece without chunks was never begun
	}
	return PieceChecksum{rows: Sum{z.adler.Sum32(), z.length}, block: z.recorded, known: z.part.Last}
}

func (z *zlibReader) close() {}
