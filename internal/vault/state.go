package vault

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// metaState holds the whole content of a state blob, so that a listing suffices
// to read it. The content stays well below the 8 KiB that Azure allows for
// metadata.
const metaState = "state"

// The limits of texts written by people, in bytes of metadata. A character
// takes three bytes if it is not an ASCII letter, and eight if it is `<` or a
// control character.
const (
	maxText     = 1500
	maxJob      = 1200
	maxIdentity = 600
)

// encodeState returns a state blob's content and metadata.
func encodeState(name string, state any) ([]byte, blobstore.Meta, error) {
	listed, err := json.Marshal(state)
	if err != nil {
		return nil, nil, fmt.Errorf("encode %s: %w", name, err)
	}
	content, err := json.MarshalIndent(state, "", "  ")
	if err != nil {
		return nil, nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return append(content, '\n'), blobstore.Meta{metaState: encoded(string(listed))}, nil
}

// readState reads a state from a blob's metadata and reports whether it
// succeeded.
func readState(meta blobstore.Meta, into any) bool {
	return json.Unmarshal([]byte(decoded(meta[metaState])), into) == nil
}

// cut shortens a text so that it takes at most limit bytes in metadata, as a
// part of JSON.
func cut(text string, limit int) string {
	if listedSize(text) <= limit {
		return text
	}
	const more = "…"
	left := limit - listedSize(more)
	for at := 0; at < len(text); {
		_, width := utf8.DecodeRuneInString(text[at:])
		if left -= listedSize(text[at : at+width]); left < 0 {
			return text[:at] + more
		}
		at += width
	}
	return text
}

// listedSize returns the number of bytes that a text takes in metadata, as a
// part of JSON.
func listedSize(text string) int {
	quoted, _ := json.Marshal(text) // a string never fails
	return len(encoded(string(quoted[1 : len(quoted)-1])))
}
