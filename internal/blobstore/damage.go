package blobstore

import "fmt"

// Damage describes stored bytes that differ from their block list.
type Damage struct {
	Blob string
	// Block is the index of the block in the list, Offset its offset in the blob.
	Block        int
	Offset, Size int64
	// Found is the SHA-256 of the stored bytes, Want the one in the list.
	Found, Want string
}

// Error returns a message that names the blob and the range of bytes.
func (d *Damage) Error() string {
	return fmt.Sprintf("block %d of %s, %d bytes from offset %d, is not what was dumped: its SHA-256 is %s, not %s",
		d.Block, d.Blob, d.Size, d.Offset, d.Found, d.Want)
}

var _ error = (*Damage)(nil)
