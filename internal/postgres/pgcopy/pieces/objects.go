package pieces

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
)

// Receiver receives large objects one after another.
type Receiver interface {
	Begin(oid uint32) error
	// Write receives the next bytes, which are valid until it returns.
	Write(content []byte) (int, error)
	End() error
}

// CopyObjects copies large objects in the given order. Consecutive objects that
// fit into one row share a statement; larger objects have rows of their own.
func CopyObjects(ctx context.Context, conn *pgcopy.Conn, oids []uint32, to Receiver) error {
	c := objectCopy{ctx, conn, to}
	long, err := c.longOnes(oids)
	if err != nil {
		return err
	}
	rest := oids
	for _, oid := range long {
		at := slices.Index(rest, oid)
		if at < 0 {
			return fmt.Errorf("the server names large object %d, which was not asked for", oid)
		}
		if err := c.short(rest[:at]); err != nil {
			return err
		}
		if err := c.long(oid); err != nil {
			return err
		}
		rest = rest[at+1:]
	}
	return c.short(rest)
}

type objectCopy struct {
	ctx  context.Context
	conn *pgcopy.Conn
	to   Receiver
}

func (c objectCopy) longOnes(oids []uint32) (long []uint32, err error) {
	if len(oids) == 0 {
		return nil, nil
	}
	err = c.conn.Copy(c.ctx, longObjects(oids), &binaryRows{row: func(fields [][]byte) error {
		oid, err := oidOf(fields[0])
		long = append(long, oid)
		return err
	}})
	return long, err
}

func (c objectCopy) short(oids []uint32) error {
	if len(oids) == 0 {
		return nil
	}
	return c.conn.Copy(c.ctx, shortObjects(oids), &binaryRows{row: func(fields [][]byte) error {
		if len(fields) != 2 {
			return errors.New("the server gave a large object without its content")
		}
		oid, err := oidOf(fields[0])
		if err != nil {
			return err
		}
		if err := c.to.Begin(oid); err != nil {
			return err
		}
		if _, err := c.to.Write(fields[1]); err != nil {
			return err
		}
		return c.to.End()
	}})
}

// long requests rows until one is not full.
func (c objectCopy) long(oid uint32) error {
	if err := c.to.Begin(oid); err != nil {
		return err
	}
	ended := false
	for row := int64(0); !ended; row += objectRows {
		err := c.conn.Copy(c.ctx, longObject(oid, row), &binaryRows{row: func(fields [][]byte) error {
			ended = ended || len(fields[0]) < objectChunk
			_, err := c.to.Write(fields[0])
			return err
		}})
		if err != nil {
			return err
		}
	}
	return c.to.End()
}

func oidOf(field []byte) (uint32, error) {
	if len(field) != 4 {
		return 0, errors.New("the server gave a large object's number in an unknown form")
	}
	return binary.BigEndian.Uint32(field), nil
}

// objectChunk is the number of bytes of a large object in one row.
const objectChunk = 1 << 20

// longObjects returns the SQL that lists the objects longer than one row.
func longObjects(oids []uint32) string {
	return fmt.Sprintf("COPY (SELECT o FROM pg_catalog.unnest(%s) AS o WHERE pg_catalog.length(pg_catalog.lo_get(o, %d, 1)) > 0) TO STDOUT (FORMAT binary)",
		oidArray(oids), objectChunk)
}

// shortObjects returns the SQL that copies objects that fit into one row, with
// their OIDs.
func shortObjects(oids []uint32) string {
	return fmt.Sprintf("COPY (SELECT o, pg_catalog.lo_get(o, 0, %d) FROM pg_catalog.unnest(%s) AS o) TO STDOUT (FORMAT binary)", objectChunk, oidArray(oids))
}

// objectRows is the number of rows of a long object that one statement returns.
const objectRows = 16

// longObject returns the SQL that copies rows of one object, starting at the
// given row.
func longObject(oid uint32, row int64) string {
	return fmt.Sprintf("COPY (SELECT pg_catalog.lo_get(%d, n * %d, %d) FROM pg_catalog.generate_series(%d::bigint, %d) AS n) TO STDOUT (FORMAT binary)",
		oid, objectChunk, objectChunk, row, row+objectRows-1)
}

func oidArray(oids []uint32) string {
	var list strings.Builder
	list.WriteString("'{")
	for i, oid := range oids {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(strconv.FormatUint(uint64(oid), 10))
	}
	list.WriteString("}'::pg_catalog.oid[]")
	return list.String()
}
