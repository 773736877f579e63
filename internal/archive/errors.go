package archive

import (
	"errors"
	"fmt"
	"io"
)

var (
	// ErrDamaged means that the bytes are not what pg_dump writes.
	ErrDamaged = errors.New("the archive is damaged")
	// ErrTooLarge means that the table of contents would take more than [MaxTOC]
	// of memory. It may be a real one, or damage that looks like one.
	ErrTooLarge = errors.New("the archive's table of contents is too large")
	// ErrUnknownVersion means that another version of PostgreSQL made the archive.
	ErrUnknownVersion = errors.New("unknown archive version")
)

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// cutOff calls the end of the input damage; other errors are the reader's own,
// such as that of a storage which breaks off its answers.
func cutOff(err error) error {
	switch err { //nolint:errorlint // what wraps the end of a connection is no end of the input
	case io.EOF, io.ErrUnexpectedEOF:
		return damaged("it is cut off")
	}
	return err
}
