package archive

// EncoderMemory returns the memory that an [Encoder] takes, in bytes, as measured
// with the library that takes more.
func EncoderMemory(c Compression, level int) int64 {
	const mib = 1 << 20
	if c != Zstd {
		return 2 * mib
	}
	switch {
	case level <= 2:
		return 4 * mib
	case level <= 8:
		return 20 * mib
	case level <= 12:
		return 52 * mib
	}
	return 80 * mib
}

// DecoderMemory is the memory that a reader of data takes, in bytes, besides the
// windows that it asks for.
const DecoderMemory = 6 << 20

// ownWindow is the largest window of a zstd stream for which a reader does not
// ask, in bytes. Dumps of this package need no larger one.
const ownWindow = 4 << 20
