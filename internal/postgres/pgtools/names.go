package pgtools

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// storedEncoding and seenEncoding are the first lines of pg_dumpall's output.
var (
	storedEncoding = []byte("SET client_encoding = '" + AsStored + "';\n")
	seenEncoding   = []byte("SET client_encoding = '" + AsSeen + "';\n")
)

// RolesAsText returns a roles file written [AsStored] as UTF-8, and whether it
// is UTF-8. Names of roles are bytes of the database where they were created,
// usually a UTF-8 one.
func RolesAsText(stored []byte) (text []byte, ok bool) {
	if !utf8.Valid(stored) {
		return nil, false
	}
	return bytes.Replace(stored, storedEncoding, seenEncoding, 1), true
}

// NoText reports whether a program failed because of bytes that are not text of
// the database.
func NoText(err error) bool {
	var exit *ExitError
	return errors.As(err, &exit) &&
		(strings.Contains(exit.Stderr, "invalid byte sequence for encoding") || strings.Contains(exit.Stderr, "has no equivalent in encoding"))
}

// MergeRoles returns a roles file with the stored lines that are UTF-8, and the
// seen lines in place of the others.
func MergeRoles(stored, seen []byte) []byte {
	lines, converted := slices.Collect(bytes.Lines(stored)), slices.Collect(bytes.Lines(seen))
	if len(lines) != len(converted) {
		return seen // a role was created or dropped in between
	}
	for i, line := range lines {
		if !utf8.Valid(line) || bytes.Equal(line, storedEncoding) {
			lines[i] = converted[i]
		}
	}
	return bytes.Join(lines, nil)
}
