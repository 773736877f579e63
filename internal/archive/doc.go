// Package archive reads and writes pg_dump's custom format.
//
// A file of that format is a header, a table of contents, and the data blocks
// of its entries, in that order:
//
//   - [ReadTOC] reads the first two. [TOC.WithOffsets] returns them with the
//     offsets of the data filled in, at the same length.
//   - An [Encoder] writes the data blocks of tables and large objects, whole or in
//     pieces that are concatenated later.
//   - A [TableReader] and a [LargeObjectReader] read the blocks, and single pieces.
//   - A [Scanner] finds the blocks of an archive that does not record their offsets.
//
// An archive may be damaged or made by an attacker. Every length is bounded, and
// errors of the content wrap [ErrDamaged]. A table of contents that would take
// more memory than [MaxTOCMemory] is refused with [ErrTooLarge].
//
// The format is defined by PostgreSQL's pg_backup_archiver.c and
// pg_backup_custom.c. The package reads the versions 1.14 (PostgreSQL 12 to 15),
// 1.15 (16) and 1.16 (17 and 18).
//
// Imports of this module: none.
package archive
