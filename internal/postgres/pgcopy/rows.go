package pgcopy

// rows hands on the message's row together with those that have arrived after
// it. It moves them together in the buffer, over the heads of their messages:
// rows are short, and a call for each would cost more than that.
func (c *Conn) rows(first []byte, sink Sink) error {
	at := c.begin - len(first)
	end := c.begin
	for {
		body, ok := c.buffered('d')
		if !ok {
			return sink.Write(c.buffer[at:end])
		}
		end += copy(c.buffer[end:], body)
	}
}

// parts hands on a long row as it comes.
func (c *Conn) parts(sink Sink) error {
	for c.rest > 0 {
		if err := c.need(1); err != nil {
			return err
		}
		part := c.buffer[c.begin:min(c.end, c.begin+c.rest)]
		c.begin, c.rest = c.begin+len(part), c.rest-len(part)
		if err := sink.Write(part); err != nil {
			return err
		}
	}
	return nil
}

// buffered returns the next message's body, if all of it has arrived and it is of
// that kind.
func (c *Conn) buffered(kind byte) ([]byte, bool) {
	waiting := c.buffer[c.begin:c.end]
	if len(waiting) < header || waiting[0] != kind {
		return nil, false
	}
	length := int(uint32(waiting[1])<<24|uint32(waiting[2])<<16|uint32(waiting[3])<<8|uint32(waiting[4])) + 1
	if length < header || length > len(waiting) {
		return nil, false
	}
	c.begin += length
	return waiting[header:length], true
}
