package pgcopy

import (
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

// bufferSize is how much is asked of the network at a time, in bytes. What is
// longer makes its connection's buffer grow, but for rows: those longer than
// longRow are handed on in parts.
const (
	bufferSize = 256 << 10
	longRow    = 4 << 20
	// maxMessage is PostgreSQL's own limit of a message.
	maxMessage = 1 << 30
)

// Conn is a connection that is given over to COPY. It is used by one goroutine
// at a time.
type Conn struct {
	net  net.Conn
	bulk *bulkConn
	// reader reads from net, and before that what has been read already.
	reader io.Reader
	// buffer[begin:end] is what has been read and not looked at yet.
	buffer     []byte
	begin, end int
	// rest is what is to come of a row that is handed on in parts.
	rest   int
	failed error
}

// Take takes over a connection that was made with a config after [Prepare]. It
// must not be in use, and is of no other use from then on.
func Take(conn *pgx.Conn) (*Conn, error) {
	reader, ok := conn.PgConn().CustomData()[readerKey].(io.Reader)
	if !ok {
		return nil, errNotPrepared
	}
	network, ok := conn.PgConn().CustomData()[networkKey].(*bulkConn)
	if !ok || network == nil {
		return nil, errNotPrepared
	}
	hijacked, err := conn.PgConn().Hijack()
	if err != nil {
		return nil, fmt.Errorf("take over the connection: %w", err)
	}
	if hijacked.Frontend.ReadBufferLen() > 0 {
		return nil, errors.Join(errors.New("take over the connection: the server has said more than was asked"), hijacked.Conn.Close())
	}
	return &Conn{net: hijacked.Conn, bulk: network, reader: reader, buffer: make([]byte, bufferSize)}, nil
}

// Exec runs statements whose results do not matter.
func (c *Conn) Exec(ctx context.Context, sql string) error {
	return c.Copy(ctx, sql, nil)
}

// A Sink takes what the COPY statements of one call give.
type Sink interface {
	// Begin is called at the beginning of each statement's output.
	Begin() error
	// Write takes rows. They are valid until it returns. They are whole, but for
	// those of more than 4 MiB, which come in parts, one after another.
	Write(rows []byte) error
	// End is called when the server has ended the statement's output.
	End() error
}

// Copy runs statements, and hands the output of each COPY … TO STDOUT among
// them to the sink. It answers the server's error after the last of its
// messages; the connection can be used again then. When the sink fails or the
// context ends, the connection is closed.
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

// copy returns what the server refused apart from what broke the connection.
func (c *Conn) copy(sql string, sink Sink) (refused, err error) {
	if err := c.send(sql); err != nil {
		return nil, err
	}
	for {
		kind, body, err := c.message()
		if err != nil {
			return nil, err
		}
		switch kind {
		case 'd':
			if c.rest > 0 {
				err = c.parts(sink)
			} else {
				err = c.rows(body, sink)
			}
		case 'H':
			err = errors.Join(c.bulk.gather(true), begin(sink))
		case 'c':
			err = errors.Join(c.bulk.gather(false), sink.End())
		case 'E':
			refused = serverError(body)
			if fatal(refused) {
				return nil, refused
			}
			err = c.bulk.gather(false)
		case 'Z':
			return refused, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func begin(sink Sink) error {
	if sink == nil {
		return errors.New("a statement gave rows that nobody asked for")
	}
	return sink.Begin()
}

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

// header is the type and the length of a message.
const header = 5

// message returns the next message. Its body is valid until the next call. A row
// that is too long to be held comes without it, and c.rest tells how much it is.
func (c *Conn) message() (kind byte, body []byte, err error) {
	if err := c.need(header); err != nil {
		return 0, nil, err
	}
	kind = c.buffer[c.begin]
	length := int(binary.BigEndian.Uint32(c.buffer[c.begin+1:])) + 1
	if length < header || length > maxMessage {
		return 0, nil, fmt.Errorf("the server sent a message of %d bytes", length)
	}
	if kind == 'd' && length > longRow {
		c.begin, c.rest = c.begin+header, length-header
		return kind, nil, nil
	}
	if err := c.need(length); err != nil {
		return 0, nil, err
	}
	body = c.buffer[c.begin+header : c.begin+length]
	c.begin += length
	return kind, body, nil
}

// need reads until n bytes are there to be looked at.
func (c *Conn) need(n int) error {
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
			return lost(err)
		}
	}
	return nil
}

// lost calls a connection's end within an answer unexpected.
func lost(err error) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read the server's answer: %w", err)
}

func serverError(body []byte) error {
	var response pgproto3.ErrorResponse
	if err := response.Decode(body); err != nil {
		return fmt.Errorf("read the server's error: %w", err)
	}
	return pgconn.ErrorResponseToPgError(&response)
}

// fatal reports whether the server ends the connection by its error.
func fatal(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return true
	}
	return refused.SeverityUnlocalized == "FATAL" || refused.SeverityUnlocalized == "PANIC"
}

// Close ends the connection, and waits a moment for the server to let go of it,
// so that its place is free for another.
func (c *Conn) Close() {
	if c.failed == nil {
		c.failed = net.ErrClosed
		_ = c.net.SetDeadline(time.Now().Add(time.Second))
		// The server takes a connection that just closes for a lost one, and logs it.
		if _, err := c.net.Write([]byte{'X', 0, 0, 0, 4}); err == nil {
			_, _ = io.Copy(io.Discard, c.net)
		}
		_ = c.net.Close()
	}
}
