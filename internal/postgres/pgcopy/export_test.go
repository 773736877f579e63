package pgcopy

import "io"

// Failed reports whether the connection is closed.
func (c *Conn) Failed() bool { return c.failed != nil }

// Message returns the type of the next message that is read from r.
func Message(r io.Reader) (kind byte, err error) {
	c := &Conn{reader: r, buffer: make([]byte, bufferSize)}
	kind, _, err = c.message()
	return kind, err
}
