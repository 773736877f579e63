package vault

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// metaState holds the whole of a state blob's content, so that a listing tells
// it. What is written there is kept well below the 8 KiB that metadata may have.
const metaState = "state"

// What people write into a state or record is cut to so many bytes, as they take
// in metadata: three for what is not ASCII or a letter, eight for `<` and controls.
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

// readState reads a state from a listing, and tells whether it could be read.
func readState(meta blobstore.Meta, into any) bool {
	return json.Unmarshal([]byte(decoded(meta[metaState])), into) == nil
}

// cut bounds what a text takes in metadata, in bytes, as a part of JSON.
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

// listedSize is what a text takes as a part of JSON in metadata, in bytes.
func listedSize(text string) int {
	quoted, _ := json.Marshal(text) // a string never fails
	return len(encoded(string(quoted[1 : len(quoted)-1])))
}
