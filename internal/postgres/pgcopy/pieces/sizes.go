package pieces

import "iter"

const (
	// A piece of a table is between leastPiece and mostPiece bytes long, or
	// longer if there would be more than MaxPieces. Within these bounds a
	// database has piecesPerConnection pieces for each connection. Shorter
	// pieces compress worse and take more blocks.
	leastPiece          = 8 << 20
	mostPiece           = 32 << 20
	piecesPerConnection = 2
	// Several groups of small tables for each connection keep all connections
	// busy to the end.
	groupsPerConnection = 8
	leastGroup          = 64 << 10
	// rangeScanMajor is the first major version that scans a range of pages
	// without reading the others.
	rangeScanMajor = 14
)

const (
	// MaxPieces bounds the pieces of a database, and so the size of a manifest.
	MaxPieces = 2048
	// GroupTables is the largest number of tables of a group.
	GroupTables = 100
	// GroupObjects is the largest number of large objects that are copied
	// together. It bounds the length of the statement that names them.
	GroupObjects = 5000
)

// Sizes are the sizes into which the data of a database is divided, in bytes.
type Sizes struct {
	// Piece is the size of a piece of a large table.
	Piece int64
	// Group is the size of a group of small tables.
	Group int64
	// cuts reports whether large tables are divided.
	cuts bool
}

// SizesFor returns the sizes for a database of total bytes that is read over
// connections.
//
// With a single connection, tables are not divided. Nothing would be gained,
// and the server reads page ranges through its whole cache (shared_buffers),
// but a whole table larger than a quarter of the cache through a ring buffer of
// 256 KiB.
func SizesFor(total int64, connections, serverMajor int) Sizes {
	fair := total / int64(piecesPerConnection*connections)
	s := Sizes{
		Piece: max(min(max(fair, leastPiece), mostPiece), total/MaxPieces),
		cuts:  connections > 1 && serverMajor >= rangeScanMajor,
	}
	s.Group = min(max(total/int64(groupsPerConnection*connections), leastGroup), s.Piece)
	return s
}

// Of returns the number of pieces of a table of that many bytes and pages.
func (s Sizes) Of(bytes, pages int64) int64 {
	if !s.cuts {
		return 1
	}
	return max(min(bytes/s.Piece, pages), 1)
}

// Range is a range of pages: from Begin up to End, or up to the last page if End
// is 0.
type Range struct{ Begin, End int64 }

// Ranges divides pages into n ranges. The last range is open: rows added after
// the snapshot are not visible.
func Ranges(pages, n int64) iter.Seq[Range] {
	return func(yield func(Range) bool) {
		for i := range n {
			r := Range{pages * i / n, pages * (i + 1) / n}
			if i == n-1 {
				r.End = 0
			}
			if !yield(r) {
				return
			}
		}
	}
}
