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

// inflater reads a zlib stream, or a piece of one. A whole one is checked
// against its sum; the sum at the end of pieces is of all of them together, for
// [CheckPieces].
type inflater struct {
	chunks *chunkReader
	part   Part
	from   *bufio.Reader // what flate reads fastest from, and no byte too many
	flate  io.ReadCloser
	adler  hash.Hash32
	length int64
	sum    uint32 // what the last piece says it is
}

func (i *inflater) begin(p Part) error {
	i.part = p
	var from io.Reader = struct{ io.Reader }{i.chunks}
	if !p.Last {
		// A piece ends where its compressor was flushed. Whether that is so, and
		// not somewhere in the middle, shows when an end is put there.
		from = io.MultiReader(from, strings.NewReader(finalBlock))
	}
	i.source(from)
	i.length = 0
	if !p.First {
		return nil
	}
	var head [2]byte
	if _, err := io.ReadFull(i.from, head[:]); err != nil {
		return err
	}
	if head[0]&15 != 8 || head[1]&32 != 0 || binary.BigEndian.Uint16(head[:])%31 != 0 {
		return damaged("the data does not begin as zlib's does")
	}
	return nil
}

// source makes flate read from there, with buffers that were made once.
func (i *inflater) source(from io.Reader) {
	if i.flate == nil {
		i.from = bufio.NewReaderSize(from, readBuffer)
		i.flate, i.adler = flate.NewReader(i.from), adler32.New()
		return
	}
	i.from.Reset(from)
	_ = i.flate.(flate.Resetter).Reset(i.from, nil) // has no error to give
	i.adler.Reset()
}

func (i *inflater) Read(p []byte) (int, error) {
	n, err := i.flate.Read(p)
	_, _ = i.adler.Write(p[:n])
	i.length += int64(n)
	if errors.Is(err, io.EOF) {
		err = i.end()
	}
	return n, err
}

// end reads what follows the last block: the sum, at the end of all, and then nothing.
func (i *inflater) end() error {
	if i.part.Last {
		var sum [4]byte
		if _, err := io.ReadFull(i.from, sum[:]); err != nil {
			return err
		}
		i.sum = binary.BigEndian.Uint32(sum[:])
		if i.part.First && i.sum != i.adler.Sum32() {
			return damaged("the data does not have the checksum that is with it")
		}
	}
	if _, err := i.from.ReadByte(); !errors.Is(err, io.EOF) {
		return damaged("there is something after the end of the data: %v", err)
	}
	return io.EOF
}

func (i *inflater) checksum() Checksum {
	if i.adler == nil {
		return Checksum{rows: Sum{Adler: 1}} // a piece without rows has not begun
	}
	return Checksum{rows: Sum{i.adler.Sum32(), i.length}, block: i.sum, known: i.part.Last}
}

func (i *inflater) close() {}
