//go:build cgo

package archive_test

import (
	"testing"

	libzstd "github.com/DataDog/zstd"
)

// zstdDecoders returns the libraries that decode zstd, by name. pg_restore and
// the program zstd use libzstd.
func zstdDecoders(t *testing.T) map[string]func(frame []byte) ([]byte, error) {
	t.Helper()
	return map[string]func([]byte) ([]byte, error){
		"klauspost/compress": decodeGo(t),
		"libzstd":            func(frame []byte) ([]byte, error) { return libzstd.Decompress(nil, frame) },
	}
}
