package memblob

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pgvault/pgvault/internal/blobstore"
)

const (
	maxName     = 1024 // in characters
	maxSegments = 254
	maxMeta     = 8 << 10 // in bytes, of keys and values
)

// checkBlob returns an error if the storage rejects the blob's name or
// metadata.
func checkBlob(name string, meta blobstore.Meta) error {
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > maxName || strings.Count(name, "/") >= maxSegments {
		return fmt.Errorf("%.80q is not a blob's name", name)
	}
	size := 0
	for key, value := range meta {
		size += len(key) + len(value)
		if key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" || '0' <= key[0] && key[0] <= '9' {
			return fmt.Errorf("blob %s: %q is not a key of metadata", name, key)
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }) || strings.TrimSpace(value) != value {
			return fmt.Errorf("blob %s: metadata %s: %q does not travel as an HTTP header", name, key, value)
		}
	}
	if size > maxMeta {
		return fmt.Errorf("blob %s has %d bytes of metadata; at most %d are allowed", name, size, maxMeta)
	}
	return nil
}
