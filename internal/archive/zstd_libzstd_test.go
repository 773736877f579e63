//go:build cgo

package archive_test

import (
	"testing"

	libzstd "github.com/DataDog/zstd"
)

// zstdDecoders are the libraries that decode zstd. The one in C is that of
// pg_restore and of the program zstd.
func zstdDecoders(t *testing.T) map[string]func(frame []byte) ([]byte, error) {
	t.Helper()
	return map[string]func([]byte) ([]byte, error){
		"klauspost/compress": decodeGo(t),
		"libzstd":            func(frame []byte) ([]byte, error) { return libzstd.Decompress(nil, frame) },
	}
}
