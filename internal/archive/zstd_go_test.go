//go:build !cgo

package archive_test

import "testing"

// zstdDecoders returns the libraries that decode zstd, by name.
func zstdDecoders(t *testing.T) map[string]func(frame []byte) ([]byte, error) {
	t.Helper()
	return map[string]func([]byte) ([]byte, error){"klauspost/compress": decodeGo(t)}
}
