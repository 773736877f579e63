package archive

import (
	"errors"
	"io"
	"strings"
)

// CopyRows copies the rows of a table's whole block to dst, without what pg_dump
// writes after them. A block that ends in another way is an [ErrDamaged]. Other
// errors are those of the reader and of dst. The rows are read into the buffer,
// which must have a few bytes at least.
func CopyRows(dst io.Writer, from *TableReader, buffer []byte) error {
	for held := 0; ; {
		n, err := from.Read(buffer[held:])
		n += held
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return err
		}
		// The last bytes may be the terminator.
		held = min(n, len(terminator))
		if _, err := dst.Write(buffer[:n-held]); err != nil {
			return err
		}
		copy(buffer, buffer[n-held:n])
		if ended {
			return endOfRows(buffer[:held])
		}
	}
}

// endOfRows returns an error unless text is the terminator.
func endOfRows(text []byte) error {
	if string(text) != terminator {
		return damaged("the rows of a table end with %q", strings.ToValidUTF8(string(text), "?"))
	}
	return nil
}
