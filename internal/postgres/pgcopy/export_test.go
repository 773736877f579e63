package pgcopy

// Failed reports whether the connection is closed.
func (c *Conn) Failed() bool { return c.failed != nil }
