package archive

import (
	"encoding/binary"
	"hash/adler32"
)

// terminator is what pg_dump writes after the rows of each table. The end of
// the rows is its first line: psql needs it to find the next statement in the
// script that pg_restore makes of an archive. A server reads nothing after it.
const terminator = "\\.\n\n\n"

// terminators are the terminator in each compression. Each is a piece of its
// own, so that the pieces before it hold rows only.
var terminators = map[Compression]string{
	None: terminator,
	// A stored block that is not the last.
	Gzip: "\x00\x05\x00\xfa\xff" + terminator,
	// A frame of one block that is stored, with checksums of head and content.
	LZ4: "\x04\x22\x4d\x18\x64\x40\xa7" + "\x05\x00\x00\x80" + terminator + "\x00\x00\x00\x00" + "\x2c\xe5\xbe\x97",
	// A frame of one block that is stored, with a checksum of its content.
	Zstd: "\x28\xb5\x2f\xfd\x24\x05" + "\x29\x00\x00" + terminator + "\x9e\xc1\x6d\x78",
}

// TableTail ends the block of a table whose rows are the pieces with those sums,
// in that order.
func TableTail(c Compression, sums ...Sum) []byte {
	piece := terminators[c]
	end := append(appendInt(nil, len(piece)), piece...)
	if c != Gzip {
		return appendInt(end, 0)
	}
	total := Sum{Adler: 1}
	for _, s := range sums {
		total = total.then(s)
	}
	total = total.then(Sum{adler32.Checksum([]byte(terminator)), int64(len(terminator))})
	return append(end, zlibEnd(total)...)
}

// ObjectTail ends a large object whose content has that sum.
func ObjectTail(c Compression, sum Sum) []byte {
	if c != Gzip {
		return appendInt(nil, 0)
	}
	return zlibEnd(sum)
}

// zlibEnd is an empty stored block that is marked as the last, the checksum of
// the stream, and the end of the chunks.
func zlibEnd(total Sum) []byte {
	end := binary.BigEndian.AppendUint32([]byte(finalBlock), total.Adler)
	return appendInt(append(appendInt(nil, len(end)), end...), 0)
}

// LargeObjectsHead begins a block of large objects.
func LargeObjectsHead(dumpID int) []byte { return appendInt([]byte{blockLargeObjects}, dumpID) }

// LargeObjectsTail ends a block of large objects.
func LargeObjectsTail() []byte { return appendInt(nil, 0) }

// then returns the sum of the bytes of s and those of next after them.
func (s Sum) then(next Sum) Sum {
	return Sum{combine(s.Adler, next.Adler, next.Length), s.Length + next.Length}
}
