package pgcopy

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// bufferSize is the initial size of a connection's buffer, in bytes. The buffer
	// grows for longer messages.
	bufferSize = 256 << 10
	// mostRows bounds the rows of a call of the sink.
	mostRows = 4 << 10
	// longRow is the size of a message, in bytes, above which its row is passed on in
	// parts and not buffered.
	longRow = 4 << 20
	// maxRow is PostgreSQL's limit of a row, in bytes: MaxAllocSize.
	maxRow = 1 << 30
	// maxMessage bounds any other message, in bytes. Such a message is buffered
	// whole, and a server decides its length.
	maxMessage = 16 << 20
)

// Memory is the memory that a connection takes, in bytes: its buffer with the
// longest row that is not passed on in parts, and that of the network.
const Memory = longRow + networkBuffer + 512<<10

// Conn is a connection that is used for COPY only. It is not safe for concurrent
// use.
type Conn struct {
	net      net.Conn
	batching *batchConn
	// reader reads from net, after the bytes that pgx has read ahead.
	reader io.Reader
	// buffer[begin:end] holds the bytes that have been read and not processed.
	buffer     []byte
	begin, end int
	// ends are the ends of the rows that are being written.
	ends []int
	// rowRest is the number of bytes left of a row that is passed on in parts.
	rowRest int
	// failed is the error that closed the connection, or nil.
	failed error
}

// Take returns a Conn that takes over a connection whose config [Prepare] has
// prepared. conn must be idle, and cannot be used afterwards.
func Take(conn *pgx.Conn) (*Conn, error) {
	reader, ok := conn.PgConn().CustomData()[readerKey].(io.Reader)
	if !ok {
		return nil, errNotPrepared
	}
	network, ok := conn.PgConn().CustomData()[networkKey].(*batchConn)
	if !ok || network == nil {
		return nil, errNotPrepared
	}
	hijacked, err := conn.PgConn().Hijack()
	if err != nil {
		return nil, fmt.Errorf("take over the connection: %w", err)
	}
	if hijacked.Frontend.ReadBufferLen() > 0 {
		return nil, errors.Join(errors.New("take over the connection: the server has sent an unexpected message"), hijacked.Conn.Close())
	}
	return &Conn{net: hijacked.Conn, batching: network, reader: reader, buffer: make([]byte, bufferSize), ends: make([]int, 0, mostRows)}, nil
}

// Exec runs statements without output. Its errors are those of [Conn.Copy].
func (c *Conn) Exec(ctx context.Context, sql string) error {
	return c.Copy(ctx, sql, nil)
}

// Sink receives the output of the COPY statements of one call.
type Sink interface {
	// Begin is called before the output of each statement.
	Begin() error
	// Write receives one or more whole rows with the offset of the end of each, or a
	// part of a row of more than 4 MiB without ends. The slices are valid until Write
	// returns.
	Write(rows []byte, ends []int) error
	// End is called after the complete output of each statement, with the number of
	// rows that the server counted.
	End(rows int64) error
}

// Copy runs the statements of sql, and writes the output of each COPY … TO
// STDOUT to the sink. An error of the server is a [pgconn.PgError], and leaves
// the connection usable unless the server ends the session. After any other
// error, such as one of the sink or the end of the context, the connection is
// closed. sink may be nil if no statement is a COPY.
func (c *Conn) Copy(ctx context.Context, sql string, sink Sink) error {
	if c.failed != nil {
		return c.failed
	}
	stop := context.AfterFunc(ctx, func() { _ = c.net.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	refused, err := c.copy(sql, sink)
	if ended := context.Cause(ctx); ended != nil && err != nil {
		err = ended
	}
	if err != nil {
		c.failed = err
		_ = c.net.Close()
		return err
	}
	return refused
}

// copy returns an error of the server that leaves the connection usable as
// refused, and any other as err.
func (c *Conn) copy(sql string, sink Sink) (refused, err error) {
	if err := c.send(sql); err != nil {
		return nil, err
	}
	copying := false
	for {
		kind, body, err := c.message()
		if err != nil {
			return nil, err
		}
		switch kind {
		case 'd':
			if c.rowRest > 0 {
				err = c.writeRowParts(sink)
			} else {
				err = c.writeRows(body, sink)
			}
		case 'H':
			copying = true
			err = errors.Join(c.batching.setBatching(true), beginOutput(sink))
		case 'c':
			err = c.batching.setBatching(false)
		case 'C':
			if copying {
				copying = false
				err = sink.End(rowsOf(body))
			}
		case 'E':
			refused = serverError(body)
			if fatal(refused) {
				return nil, refused
			}
			err = c.batching.setBatching(false)
		case 'Z':
			return refused, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// rowsOf returns the number of rows in the message that a statement is complete.
func rowsOf(body []byte) int64 {
	return pgconn.NewCommandTag(string(bytes.TrimRight(body, "\x00"))).RowsAffected()
}

// beginOutput begins the output of a statement.
func beginOutput(sink Sink) error {
	if sink == nil {
		return errors.New("a statement without expected output began a COPY")
	}
	return sink.Begin()
}

// send sends the statements of sql.
func (c *Conn) send(sql string) error {
	query := pgproto3.Query{String: sql}
	message, err := query.Encode(nil)
	if err != nil {
		return err
	}
	if _, err = c.net.Write(message); err != nil {
		return fmt.Errorf("send a statement: %w", err)
	}
	return nil
}

// headerSize is the size of a message's type and length, in bytes.
const headerSize = 5

// message returns the next message. Its body is valid until the next call. For
// a long row, body is nil and c.rowRest is the size of the row.
func (c *Conn) message() (kind byte, body []byte, err error) {
	if err := c.fill(headerSize); err != nil {
		return 0, nil, err
	}
	kind = c.buffer[c.begin]
	length := int(binary.BigEndian.Uint32(c.buffer[c.begin+1:])) + 1
	if length < headerSize || length > maxRow || kind != 'd' && length > maxMessage {
		return 0, nil, fmt.Errorf("the server sent a message with an invalid length of %d bytes", length)
	}
	if kind == 'd' && length > longRow {
		c.begin, c.rowRest = c.begin+headerSize, length-headerSize
		return kind, nil, nil
	}
	if err := c.fill(length); err != nil {
		return 0, nil, err
	}
	body = c.buffer[c.begin+headerSize : c.begin+length]
	c.begin += length
	return kind, body, nil
}

// fill reads until at least n bytes are buffered.
func (c *Conn) fill(n int) error {
	if c.end-c.begin >= n {
		return nil
	}
	c.end = copy(c.buffer, c.buffer[c.begin:c.end])
	c.begin = 0
	if n > len(c.buffer) {
		grown := make([]byte, n)
		copy(grown, c.buffer[:c.end])
		c.buffer = grown
	}
	for c.end < n {
		read, err := c.reader.Read(c.buffer[c.end:])
		c.end += read
		if err != nil && c.end < n {
			return connectionLost(err)
		}
	}
	return nil
}

// connectionLost wraps an error of the network. It makes the end of the
// connection an unexpected one.
func connectionLost(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read the server's answer: %w", err)
}

// serverError returns the server's error from the body of its message.
func serverError(body []byte) error {
	var response pgproto3.ErrorResponse
	if err := response.Decode(body); err != nil {
		return fmt.Errorf("read the server's error: %w", err)
	}
	return pgconn.ErrorResponseToPgError(&response)
}

// fatal reports whether the server ends the session with this error.
func fatal(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return true
	}
	return refused.SeverityUnlocalized == "FATAL" || refused.SeverityUnlocalized == "PANIC"
}

// Close ends the session. It waits up to a second for the server to close the
// connection, so that the server's slot is free for another.
func (c *Conn) Close() {
	if c.failed == nil {
		c.failed = net.ErrClosed
		_ = c.net.SetDeadline(time.Now().Add(time.Second))
		// Without a Terminate message, the server logs a lost connection.
		if _, err := c.net.Write([]byte{'X', 0, 0, 0, 4}); err == nil {
			_, _ = io.Copy(io.Discard, c.net)
		}
		_ = c.net.Close()
	}
}
