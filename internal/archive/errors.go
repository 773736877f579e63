package archive

import (
	"errors"
	"fmt"
	"io"
)

var (
	// ErrDamaged means that the archive is not as pg_dump writes it.
	ErrDamaged = errors.New("the archive is damaged")
	// ErrTooLarge means that the table of contents would take more memory than
	// [MaxTOCMemory]. The database may be that large, or the archive damaged.
	ErrTooLarge = errors.New("the archive's table of contents is too large")
	// ErrUnknownVersion means that the archive has a version of the format that
	// this package does not read.
	ErrUnknownVersion = errors.New("unknown archive version")
)

// damaged returns an error that wraps [ErrDamaged].
func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// eofAsDamage returns an error that wraps [ErrDamaged] for the end of the
// input, and other errors unchanged. An error that merely wraps
// io.ErrUnexpectedEOF comes from a storage whose connection broke, and is no
// damage.
func eofAsDamage(err error) error {
	switch err { //nolint:errorlint // an error that wraps the end of a connection is not the end of the input
	case io.EOF, io.ErrUnexpectedEOF:
		return damaged("it is cut off")
	}
	return err
}
