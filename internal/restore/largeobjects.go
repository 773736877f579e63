package restore

import (
	"context"
	"errors"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
)

const (
	// batchBytes and batchObjects bound a statement.
	batchBytes   = 1 << 20
	batchObjects = 500
)

// putObjects writes pieces of large objects. The objects exist already, with
// owners and grants.
const putObjects = `SELECT pg_catalog.lo_put(o, p, d) FROM ROWS FROM (
	pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::bigint[]), pg_catalog.unnest($3::pg_catalog.bytea[])) AS piece (o, p, d)`

// largeObjects writes the large objects of a region.
func (l *loader) largeObjects(ctx context.Context, from io.Reader, part region) error {
	objects := archive.NewLargeObjectReader(from, l.toc.Header, part.entry.DumpID, part.part)
	defer func() { _ = objects.Close() }()
	objects.AskForWindows(l.windows(ctx))
	b := &batch{buffer: make([]byte, batchBytes), put: func(b *batch) error {
		_, err := l.session.Conn.Exec(ctx, putObjects, pgx.QueryExecModeDescribeExec, b.oids, b.offsets, b.pieces)
		l.line.Touch()
		return err
	}}
	for {
		oid, content, err := objects.Next()
		if errors.Is(err, io.EOF) {
			return b.flush()
		}
		if err != nil {
			return &readError{err}
		}
		if err := b.object(oid, content); err != nil {
			return err
		}
	}
}

// batch collects pieces of large objects for one statement.
type batch struct {
	put     func(*batch) error
	buffer  []byte
	used    int
	oids    []uint32
	offsets []int64
	pieces  [][]byte
}

// object adds an object piece by piece and flushes full batches.
func (b *batch) object(oid uint32, content io.Reader) error {
	for offset := int64(0); ; {
		n, err := fill(content, b.buffer[b.used:])
		if n > 0 {
			b.add(oid, offset, n)
			offset += int64(n)
		}
		if b.used == len(b.buffer) || len(b.oids) == batchObjects {
			if err := b.flush(); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return &readError{err}
		}
	}
}

// fill reads until the buffer is full or an error occurs, io.EOF included.
func fill(from io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = from.Read(buffer[n:])
		n += more
	}
	return n, err
}

func (b *batch) add(oid uint32, offset int64, size int) {
	b.oids = append(b.oids, oid)
	b.offsets = append(b.offsets, offset)
	b.pieces = append(b.pieces, b.buffer[b.used:b.used+size])
	b.used += size
}

func (b *batch) flush() error {
	if len(b.oids) == 0 {
		return nil
	}
	err := b.put(b)
	b.oids, b.offsets, b.pieces, b.used = b.oids[:0], b.offsets[:0], b.pieces[:0], 0
	return err
}
