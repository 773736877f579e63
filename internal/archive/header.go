package archive

import (
	"fmt"
	"slices"
)

// Compression is the compression of the data blocks, with the format's numbers.
type Compression byte

// The compressions. Archives before version 1.15 have [None] or [Gzip].
const (
	None Compression = 0
	Gzip Compression = 1
	LZ4  Compression = 2
	Zstd Compression = 3
)

var compressionNames = []string{"none", "gzip", "lz4", "zstd"}

// String returns the name that pg_dump's --compress takes.
func (c Compression) String() string {
	if int(c) < len(compressionNames) {
		return compressionNames[c]
	}
	return fmt.Sprintf("compression %d", byte(c))
}

// ParseCompression returns the compression with a name that pg_dump's --compress
// takes, and whether there is one.
func ParseCompression(name string) (Compression, bool) {
	index := slices.Index(compressionNames, name)
	return Compression(max(index, 0)), index >= 0
}

// Header is the beginning of an archive.
type Header struct {
	Major, Minor, Rev byte
	Compression       Compression
	// Level is recorded before version 1.15 only; -1 is zlib's default.
	Level int
	// Created is the time of the dump as C's struct tm has it: seconds, minutes,
	// hours, day, month from 0, year since 1900, and daylight saving, in the time
	// zone of pg_dump.
	Created       [7]int
	Database      string
	ServerVersion string
	ToolVersion   string
}

// Version returns the version of the archive as pg_restore --list prints it:
// 1.16-0.
func (h Header) Version() string { return fmt.Sprintf("%d.%d-%d", h.Major, h.Minor, h.Rev) }

const (
	magic = "PGDMP"
	// intSize and offSize are the sizes of integers and offsets, in bytes. They are
	// the same on every machine that PostgreSQL supports.
	intSize = 4
	offSize = 8
	// formatCustom is the number of the custom format among pg_dump's formats.
	formatCustom = 1

	oldestMinor = 14
	newestMinor = 16
)

// header reads the header.
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
		return h, fmt.Errorf("%w: its version is %s; versions 1.%d to 1.%d can be read", ErrUnknownVersion, h.Version(), oldestMinor, newestMinor)
	}
	if rest[3] != intSize || rest[4] != offSize {
		return h, damaged("it has integers of %d and offsets of %d bytes", rest[3], rest[4])
	}
	if rest[5] != formatCustom {
		return h, damaged("it has pg_dump's format %d, not the custom format", rest[5])
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

// compression reads the compression of the data, and its level.
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
