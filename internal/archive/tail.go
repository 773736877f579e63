package archive

import (
	"encoding/binary"
	"hash/adler32"
)

// terminator is the text that pg_dump writes after the rows of each table. Its
// first line ends the rows: psql needs it in the script that pg_restore makes of an
// archive. A server ignores everything after it.
const terminator = "\\.\n\n\n"

// terminators are the compressed forms of [terminator]. Each is a piece of its
// own, so that all pieces before it hold rows only.
var terminators = map[Compression]string{
	None: terminator,
	// A stored block that is not the last.
	Gzip: "\x00\x05\x00\xfa\xff" + terminator,
	// A frame of one stored block, with checksums of its header and content.
	LZ4: "\x04\x22\x4d\x18\x64\x40\xa7" + "\x05\x00\x00\x80" + terminator + "\x00\x00\x00\x00" + "\x2c\xe5\xbe\x97",
	// A frame of one stored block, with a checksum of its content.
	Zstd: "\x28\xb5\x2f\xfd\x24\x05" + "\x29\x00\x00" + terminator + "\x9e\xc1\x6d\x78",
}

// TableTail returns the end of a table's block. sums are those of its pieces, in
// the order of the block.
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

// LargeObjectTail returns the end of a large object whose content has that sum.
func LargeObjectTail(c Compression, sum Sum) []byte {
	if c != Gzip {
		return appendInt(nil, 0)
	}
	return zlibEnd(sum)
}

// zlibEnd returns the end of a zlib stream in chunks: a final empty block, the
// checksum of the stream, and the empty chunk.
func zlibEnd(total Sum) []byte {
	end := binary.BigEndian.AppendUint32([]byte(finalBlock), total.Adler)
	return appendInt(append(appendInt(nil, len(end)), end...), 0)
}

// LargeObjectsHead returns the beginning of the block of large objects of the
// entry dumpID.
func LargeObjectsHead(dumpID int) []byte { return appendInt([]byte{blockLargeObjects}, dumpID) }

// LargeObjectsTail returns the end of a block of large objects.
func LargeObjectsTail() []byte { return appendInt(nil, 0) }

// then returns the sum of the content of s followed by that of next.
func (s Sum) then(next Sum) Sum {
	return Sum{combine(s.Adler, next.Adler, next.Length), s.Length + next.Length}
}
