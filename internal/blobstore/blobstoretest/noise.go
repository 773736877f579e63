package blobstoretest

import (
	"io"
	"math/rand/v2"
	"testing"
)

// Noise returns an incompressible stream of size bytes. The same seed yields
// the same stream.
func Noise(seed uint64, size int64) io.Reader {
	var key [32]byte
	key[0] = byte(seed)
	return io.LimitReader(rand.NewChaCha8(key), size)
}

// NoiseBytes returns the content of a [Noise].
func NoiseBytes(t testing.TB, seed uint64, size int64) []byte {
	t.Helper()
	content, err := io.ReadAll(Noise(seed, size))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
