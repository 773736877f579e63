package archive_test

import (
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// decodeGo returns a decoder of Go's zstd library.
func decodeGo(t *testing.T) func(frame []byte) ([]byte, error) {
	t.Helper()
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<20))
	require.NoError(t, err)
	t.Cleanup(d.Close)
	return func(frame []byte) ([]byte, error) { return d.DecodeAll(frame, nil) }
}
