package vault

import (
	"encoding/json"
	"fmt"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// metaState holds the whole of a state blob's content, so that a listing tells
// it. What is written there is kept well below the 8 KiB that metadata may have.
const metaState = "state"

// maxText bounds what people write into a state, in bytes: encoded, it may take three times as much.
const maxText = 500

// encodeState gives a state blob's content and metadata.
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

// cut bounds a text that a person has written.
func cut(text string) string {
	if len(text) <= maxText {
		return text
	}
	return text[:maxText] + "…"
}
