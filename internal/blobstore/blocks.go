package blobstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
)

// Block is a part of a blob with a known hash. Blocks of a list are smaller
// than staged blocks and begin at offsets that readers need.
type Block struct {
	Size int64
	// SHA256 is the hash of the bytes in lower-case hexadecimal.
	SHA256 string
}

// MaxListSize is the maximum length of a list in bytes. The list of a 10 TiB
// dump with a million tables is shorter.
const MaxListSize = 192 * mib

// EncodeBlocks writes a list of blocks as text: a line "<size> <sha256>" for each.
func EncodeBlocks(blocks []Block) []byte {
	out := make([]byte, 0, len(blocks)*listLine)
	for _, b := range blocks {
		out = strconv.AppendInt(out, b.Size, 10)
		out = append(append(append(out, ' '), b.SHA256...), '\n')
	}
	return out
}

// listLine is the usual length of a line in bytes.
const listLine = len("1048576 ") + 2*sha256.Size + len("\n")

// DecodeBlocks parses the output of [EncodeBlocks]. It rejects all other text.
func DecodeBlocks(text []byte) ([]Block, error) {
	if len(text) > MaxListSize {
		return nil, fmt.Errorf("the block list has %d bytes, and the longest possible one has %d", len(text), MaxListSize)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, errors.New("the block list is cut off: its last line has no end")
	}
	blocks := make([]Block, 0, len(text)/listLine)
	for line := range bytes.Lines(text) {
		block, err := decodeBlock(line[:len(line)-1])
		if err != nil {
			return nil, fmt.Errorf("line %d of the block list: %w", len(blocks)+1, err)
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

func decodeBlock(line []byte) (Block, error) {
	digits, sum, _ := bytes.Cut(line, []byte{' '})
	size, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || size <= 0 || strconv.FormatInt(size, 10) != string(digits) || !isSHA256(sum) {
		return Block{}, errors.New("it is not a size and a SHA-256")
	}
	if size > MaxBlockSize {
		return Block{}, fmt.Errorf("no block has %d bytes", size)
	}
	return Block{Size: size, SHA256: string(sum)}, nil
}

func isSHA256(text []byte) bool {
	return len(text) == 2*sha256.Size && !bytes.ContainsFunc(text, notHex)
}

func notHex(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') }

// TotalSize returns the sum of the blocks' sizes in bytes.
func TotalSize(blocks []Block) int64 {
	total := int64(0)
	for _, b := range blocks {
		total += b.Size
	}
	return total
}

// HashOf returns the SHA-256 of content in lower-case hexadecimal, as in lists
// and manifests.
func HashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
