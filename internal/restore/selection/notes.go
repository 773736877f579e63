package selection

import (
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure/printable"
)

// keptName bounds a name in a note, in bytes, and keptNames the names in a list. A
// stranger's archive decides how long they are.
const keptName, keptNames = 200, 4

// note adds a note with the names of entries.
func (s *search) note(format string, entries ...*archive.Entry) {
	var all []any
	for _, e := range entries {
		all = append(all, name(e))
	}
	s.notes.Add(fmt.Sprintf(format, all...))
}

// name returns the name of e for a note.
func name(e *archive.Entry) string {
	if e.Namespace == "" {
		return printable.Cut(e.Tag, keptName)
	}
	return printable.Cut(e.Namespace, keptName) + "." + printable.Cut(e.Tag, keptName)
}

// names returns a list of names for a note.
func names(entries []*archive.Entry) string {
	var list []string
	for _, e := range entries[:min(len(entries), keptNames)] {
		list = append(list, name(e))
	}
	if more := len(entries) - len(list); more > 0 {
		list = append(list, fmt.Sprintf("… and %d more", more))
	}
	return strings.Join(list, ", ")
}
