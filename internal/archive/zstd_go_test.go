//go:build !cgo

package archive_test

import "testing"

// zstdDecoders are the libraries that decode zstd.
func zstdDecoders(t *testing.T) map[string]func(frame []byte) ([]byte, error) {
	t.Helper()
	return map[string]func([]byte) ([]byte, error){"klauspost/compress": decodeGo(t)}
}
