package pieces

import (
	"encoding/binary"
	"errors"

	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
)

// binaryRows reads rows from the output of COPY in its binary format.
type binaryRows struct {
	row    func(fields [][]byte) error
	headed bool
	fields [][]byte
}

var _ pgcopy.Sink = (*binaryRows)(nil)

var errBinary = errors.New("the server's binary output has an unknown form")

func (b *binaryRows) Begin() error    { return nil }
func (b *binaryRows) End(int64) error { return nil }

// binaryHeader is the length of the signature, the flags and the length of the
// header extension, which is empty.
const binaryHeader = 11 + 4 + 4

func (b *binaryRows) Write(rows []byte, _ []int) error {
	if !b.headed {
		if len(rows) < binaryHeader {
			return errBinary
		}
		rows, b.headed = rows[binaryHeader:], true
	}
	for len(rows) > 0 {
		if len(rows) < 2 {
			return errBinary
		}
		count := int16(binary.BigEndian.Uint16(rows))
		rows = rows[2:]
		if count < 0 {
			return nil
		}
		var err error
		if rows, err = b.cut(rows, int(count)); err != nil {
			return err
		}
		if err := b.row(b.fields); err != nil {
			return err
		}
	}
	return nil
}

// cut returns the fields of one row; a null field is empty.
func (b *binaryRows) cut(rows []byte, count int) (rest []byte, err error) {
	b.fields = b.fields[:0]
	for range count {
		if len(rows) < 4 {
			return nil, errBinary
		}
		length := max(int(int32(binary.BigEndian.Uint32(rows))), 0)
		rows = rows[4:]
		if length > len(rows) {
			return nil, errBinary
		}
		b.fields, rows = append(b.fields, rows[:length]), rows[length:]
	}
	if len(b.fields) == 0 {
		return nil, errBinary
	}
	return rows, nil
}
