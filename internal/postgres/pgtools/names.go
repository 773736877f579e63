package pgtools

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// storedEncoding and seenEncoding are what pg_dumpall's output begins with.
var (
	storedEncoding = []byte("SET client_encoding = '" + AsStored + "';\n")
	seenEncoding   = []byte("SET client_encoding = '" + AsSeen + "';\n")
)

// RolesAsText returns a roles file that was written [AsStored] as UTF-8, and
// whether it is. Names of roles are bytes of whatever database they were given
// in, mostly of a UTF-8 one.
func RolesAsText(stored []byte) (text []byte, ok bool) {
	if !utf8.Valid(stored) {
		return nil, false
	}
	return bytes.Replace(stored, storedEncoding, seenEncoding, 1), true
}

// NoText reports whether a program failed for bytes that are no text of the
// database.
func NoText(err error) bool {
	var exit *ExitError
	return errors.As(err, &exit) &&
		(strings.Contains(exit.Stderr, "invalid byte sequence for encoding") || strings.Contains(exit.Stderr, "has no equivalent in encoding"))
}

// MergeRoles returns a roles file that takes line by line what is UTF-8 as it is
// stored, and all else as it is seen from the database.
func MergeRoles(stored, seen []byte) []byte {
	lines, converted := slices.Collect(bytes.Lines(stored)), slices.Collect(bytes.Lines(seen))
	if len(lines) != len(converted) {
		return seen // a role has come or gone in between
	}
	for i, line := range lines {
		if !utf8.Valid(line) || bytes.Equal(line, storedEncoding) {
			lines[i] = converted[i]
		}
	}
	return bytes.Join(lines, nil)
}
