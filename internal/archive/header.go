package archive

import (
	"fmt"
	"slices"
)

// Compression is how the data blocks are compressed, with the format's numbers.
type Compression byte

// The compressions. An archive before version 1.15 has none or gzip.
const (
	None Compression = 0
	Gzip Compression = 1
	LZ4  Compression = 2
	Zstd Compression = 3
)

var compressionNames = []string{"none", "gzip", "lz4", "zstd"}

func (c Compression) String() string {
	if int(c) < len(compressionNames) {
		return compressionNames[c]
	}
	return fmt.Sprintf("compression %d", byte(c))
}

// ParseCompression knows the names that pg_dump's --compress takes.
func ParseCompression(name string) (Compression, bool) {
	index := slices.Index(compressionNames, name)
	return Compression(max(index, 0)), index >= 0
}

// Header is how an archive begins.
type Header struct {
	Major, Minor, Rev byte
	Compression       Compression
	// Level is recorded before version 1.15 only; -1 is the default of zlib.
	Level int
	// Created is seconds, minutes, hours, day, month from 0, year from 1900, and
	// daylight saving, in the time zone of whoever ran pg_dump.
	Created       [7]int
	Database      string
	ServerVersion string
	ToolVersion   string
}

// Version is the archive's, as pg_restore --list prints it.
func (h Header) Version() string { return fmt.Sprintf("%d.%d-%d", h.Major, h.Minor, h.Rev) }

const (
	magic = "PGDMP"
	// intSize and offSize are the same on every machine that PostgreSQL
	// supports nowadays.
	intSize = 4
	offSize = 8
	// formatCustom is the custom format among pg_dump's.
	formatCustom = 1

	oldestMinor = 14
	newestMinor = 16
)

func (c *cursor) header() (Header, error) {
	var h Header
	start, err := c.take(len(magic) + 6)
	if err != nil {
		return h, err
	}
	if start[:len(magic)] != magic {
		return h, damaged("it does not begin with %s", magic)
	}
	rest := start[len(magic):]
	h.Major, h.Minor, h.Rev = rest[0], rest[1], rest[2]
	if h.Major != 1 || h.Minor < oldestMinor || h.Minor > newestMinor {
		return h, fmt.Errorf("%w: its version is %s, and 1.%d to 1.%d are known", ErrUnknownVersion, h.Version(), oldestMinor, newestMinor)
	}
	if rest[3] != intSize || rest[4] != offSize {
		return h, damaged("it has integers of %d and offsets of %d bytes", rest[3], rest[4])
	}
	if rest[5] != formatCustom {
		return h, damaged("it is of pg_dump's format %d, not the custom one", rest[5])
	}
	if err := c.compression(&h); err != nil {
		return h, err
	}
	for i := range h.Created {
		if h.Created[i], err = c.int(); err != nil {
			return h, err
		}
	}
	for _, text := range []*string{&h.Database, &h.ServerVersion, &h.ToolVersion} {
		if *text, err = c.string(); err != nil {
			return h, err
		}
	}
	return h, nil
}

func (c *cursor) compression(h *Header) error {
	if h.Minor < 15 {
		level, err := c.int()
		h.Level = level
		if level != 0 {
			h.Compression = Gzip
		}
		return err
	}
	algorithm, err := c.byte()
	if err != nil {
		return err
	}
	h.Compression = Compression(algorithm)
	if h.Compression > Zstd {
		return damaged("it names an unknown compression, %d", algorithm)
	}
	return nil
}
