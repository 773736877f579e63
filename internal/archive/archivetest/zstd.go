package archivetest

import "encoding/binary"

// ZstdTable returns the data block of a table with a zstd frame of size letters and a window,
// or a single segment if window is 0. It is a few kilobytes long.
func ZstdTable(dumpID, window, size int) []byte {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd}
	if window == 0 {
		frame = append(frame, 0xe0)
	} else {
		exponent := 0
		for 1<<(10+exponent) < window {
			exponent++
		}
		frame = append(frame, 0xc0, byte(exponent)<<3)
	}
	frame = binary.LittleEndian.AppendUint64(frame, uint64(size))
	for left := size; left > 0; {
		n := min(left, 128<<10)
		left -= n
		head := uint32(n)<<3 | 1<<1 // one byte, repeated
		if left == 0 {
			head |= 1
		}
		frame = append(frame, byte(head), byte(head>>8), byte(head>>16), 'x')
	}
	b := &builder{}
	b.WriteByte(1) // the block of a table
	b.ints(dumpID)
	b.texts(string(frame), "")
	return b.Bytes()
}
