// Package archive reads and writes pg_dump's custom format.
//
// A file of that format is a header, a table of contents, and the data blocks
// of its entries, in that order. [ReadTOC] reads the first two, and
// [TOC.WithOffsets] gives them back with the places of the data filled in,
// without moving a byte. An [Encoder] writes the data blocks of tables and
// large objects, whole or in pieces that are put together afterwards.
// [NewTableReader] and a [LargeObjectReader] read them, and pieces too. Where an
// archive does not say where its data is, a [Scanner] finds the blocks in order.
//
// What it reads may be damaged or made by an enemy: every length is bounded,
// and what is wrong is an error with [ErrDamaged]. A table of contents takes no
// more memory than [MaxTOC]; one that would is refused with [ErrTooLarge].
//
// The format is PostgreSQL's; its sources are pg_backup_archiver.c and
// pg_backup_custom.c. Versions 1.14 (PostgreSQL 12 to 15), 1.15 (16) and 1.16
// (17 and 18) are known.
//
// Imports of this module: none.
package archive
