package dump

import (
	"cmp"
	"fmt"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
)

// Compression is the compression of the data.
type Compression struct {
	// Algorithm is none, gzip, lz4 or zstd. Empty means zstd if pg_dump is of
	// version 16 or later, and gzip otherwise.
	Algorithm string
	// Level is the level of the algorithm; 0 means its default.
	Level int
}

// encoding is the compression in use.
type encoding struct {
	archive.Compression
	level int
}

func (c Compression) choose(toolMajor int) (encoding, error) {
	name := c.Algorithm
	if name == "" {
		name = archive.Gzip.String()
		if toolMajor >= zstdMajor {
			name = archive.Zstd.String()
		}
	}
	algorithm, ok := archive.ParseCompression(name)
	if !ok || toolMajor < zstdMajor && algorithm > archive.Gzip {
		return encoding{}, failure.New(failure.InvalidConfiguration, "leave the compression out, or name gzip or none",
			"archives of pg_dump %d cannot be compressed by %q", toolMajor, name)
	}
	level := cmp.Or(c.Level, algorithm.DefaultLevel())
	if level > algorithm.MaxLevel() {
		return encoding{}, failure.New(failure.InvalidConfiguration, fmt.Sprintf("name a level up to %d", algorithm.MaxLevel()),
			"%s has no level %d", algorithm, level)
	}
	return encoding{algorithm, level}, nil
}
