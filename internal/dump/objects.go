package dump

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
)

// copyObjects copies large objects. Consecutive objects that fit into one row
// share a statement; larger objects have rows of their own.
func (w *worker) copyObjects(ctx context.Context, u *unit, run *blobstore.Run) error {
	u.starts = []start{{u.objectsOf.DumpID, run.Size()}}
	if u.first {
		if _, err := run.Write(archive.LargeObjectsHead(u.objectsOf.DumpID)); err != nil {
			return err
		}
	}
	long, err := w.longObjects(ctx, u.objects)
	if err != nil {
		return err
	}
	rest := u.objects
	for _, oid := range long {
		at := slices.Index(rest, oid)
		if at < 0 {
			return fmt.Errorf("the server names large object %d, which was not asked for", oid)
		}
		if err := w.copyShort(ctx, u, rest[:at], run); err != nil {
			return err
		}
		if err := w.copyLong(ctx, u, oid, run); err != nil {
			return err
		}
		rest = rest[at+1:]
	}
	if err := w.copyShort(ctx, u, rest, run); err != nil {
		return err
	}
	if u.whole() {
		_, err = run.Write(archive.LargeObjectsTail())
	}
	return err
}

func (w *worker) longObjects(ctx context.Context, oids []uint32) (long []uint32, err error) {
	if len(oids) == 0 {
		return nil, nil
	}
	err = w.conn.Copy(ctx, longObjects(oids), &binaryRows{row: func(fields [][]byte) error {
		w.job.meter.Touch()
		oid, err := oidOf(fields[0])
		long = append(long, oid)
		return err
	}})
	return long, err
}

func (w *worker) copyShort(ctx context.Context, u *unit, oids []uint32, run *blobstore.Run) error {
	if len(oids) == 0 {
		return nil
	}
	return w.conn.Copy(ctx, shortObjects(oids), &binaryRows{row: func(fields [][]byte) error {
		if len(fields) != 2 {
			return errors.New("the server gave a large object without its content")
		}
		oid, err := oidOf(fields[0])
		if err != nil {
			return err
		}
		if err := w.encoder.BeginLargeObject(run, oid); err != nil {
			return err
		}
		if err := w.addToObject(u, fields[1]); err != nil {
			return err
		}
		return w.endObject(run)
	}})
}

// copyLong requests rows until one is not full.
func (w *worker) copyLong(ctx context.Context, u *unit, oid uint32, run *blobstore.Run) error {
	if err := w.encoder.BeginLargeObject(run, oid); err != nil {
		return err
	}
	ended := false
	for row := int64(0); !ended; row += objectRows {
		err := w.conn.Copy(ctx, longObject(oid, row), &binaryRows{row: func(fields [][]byte) error {
			ended = ended || len(fields[0]) < objectChunk
			return w.addToObject(u, fields[0])
		}})
		if err != nil {
			return err
		}
	}
	return w.endObject(run)
}

func (w *worker) addToObject(u *unit, content []byte) error {
	_, err := w.encoder.Write(content)
	w.job.meter.Add(u.weight.part(int64(len(content))))
	w.job.meter.Touch()
	return err
}

func (w *worker) endObject(run *blobstore.Run) error {
	sum, err := w.encoder.End()
	if err != nil {
		return err
	}
	_, err = run.Write(archive.LargeObjectTail(w.encoder.Compression(), sum))
	return err
}

func oidOf(field []byte) (uint32, error) {
	if len(field) != 4 {
		return 0, errors.New("the server gave a large object's number in an unknown form")
	}
	return binary.BigEndian.Uint32(field), nil
}

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

func (b *binaryRows) Write(rows []byte) error {
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
