package fingerprint

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
)

// The members of the file.
const (
	memberVersion   = "formatVersion"
	memberSettings  = "settings"
	memberTables    = "tables"
	memberSequences = "sequences"
	memberObjects   = "largeObjects"
)

// Encode writes the file as one JSON object with one element a line. It does not
// hold the text in memory.
func Encode(w io.Writer, f File) error {
	e := &encoder{to: bufio.NewWriter(w)}
	e.text(fmt.Sprintf("{\n%q: %d", memberVersion, f.FormatVersion))
	list(e, memberSettings, f.Settings)
	list(e, memberTables, f.Tables)
	list(e, memberSequences, f.Sequences)
	list(e, memberObjects, f.LargeObjects)
	e.text("\n}\n")
	if e.err != nil {
		return e.err
	}
	return e.to.Flush()
}

// encoder writes until the first error.
type encoder struct {
	to  *bufio.Writer
	err error
}

func (e *encoder) text(s string) {
	if e.err == nil {
		_, e.err = e.to.WriteString(s)
	}
}

func list[T any](e *encoder, name string, elements []T) {
	e.text(fmt.Sprintf(",\n%q: [", name))
	for i, element := range elements {
		if i > 0 {
			e.text(",")
		}
		e.text("\n")
		encoded, err := json.Marshal(element)
		if err != nil && e.err == nil {
			e.err = fmt.Errorf("encode the fingerprints: %w", err)
		}
		e.text(string(encoded))
	}
	e.text("]")
}
