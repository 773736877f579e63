package pgcopy

// writeRows writes the first row and the rows that are buffered after it. It
// moves them together in the buffer, over the headers of their messages, since
// a call of the sink for each short row is slower. The server sends each row in a
// message of its own, so that their ends need no search.
func (c *Conn) writeRows(first []byte, sink Sink) error {
	at, end := c.begin-len(first), c.begin
	c.ends = append(c.ends[:0], len(first))
	for len(c.ends) < mostRows {
		body, ok := c.buffered('d')
		if !ok {
			break
		}
		end += copy(c.buffer[end:], body)
		c.ends = append(c.ends, end-at)
	}
	return sink.Write(c.buffer[at:end], c.ends)
}

// writeRowParts writes a long row in parts, as they arrive.
func (c *Conn) writeRowParts(sink Sink) error {
	for c.rowRest > 0 {
		if err := c.fill(1); err != nil {
			return err
		}
		part := c.buffer[c.begin:min(c.end, c.begin+c.rowRest)]
		c.begin, c.rowRest = c.begin+len(part), c.rowRest-len(part)
		if err := sink.Write(part, nil); err != nil {
			return err
		}
	}
	return nil
}

// buffered returns the body of the next message if that is of the kind and
// completely buffered.
func (c *Conn) buffered(kind byte) ([]byte, bool) {
	waiting := c.buffer[c.begin:c.end]
	if len(waiting) < headerSize || waiting[0] != kind {
		return nil, false
	}
	length := int(uint32(waiting[1])<<24|uint32(waiting[2])<<16|uint32(waiting[3])<<8|uint32(waiting[4])) + 1
	if length < headerSize || length > len(waiting) {
		return nil, false
	}
	c.begin += length
	return waiting[headerSize:length], true
}
