package blobstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Block is a block of a blob as it was staged.
type Block struct {
	Size int64
	// SHA256 is of its bytes, in lower-case hexadecimal.
	SHA256 string
}

var blockLine = regexp.MustCompile(`^([1-9][0-9]{0,9}) ([0-9a-f]{64})$`)

// EncodeBlocks writes a list of blocks as text: a line "<size> <sha256>" for each.
func EncodeBlocks(blocks []Block) []byte {
	var out bytes.Buffer
	for _, b := range blocks {
		fmt.Fprintf(&out, "%d %s\n", b.Size, b.SHA256)
	}
	return out.Bytes()
}

// DecodeBlocks reads what [EncodeBlocks] has written, and nothing else.
func DecodeBlocks(text []byte) ([]Block, error) {
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, errors.New("the block list is cut off: its last line has no end")
	}
	var blocks []Block
	for line := range bytes.Lines(text) {
		if len(blocks) == MaxBlocks {
			return nil, fmt.Errorf("the block list has more than %d lines", MaxBlocks)
		}
		parts := blockLine.FindSubmatch(line[:len(line)-1])
		if parts == nil {
			return nil, fmt.Errorf("line %d of the block list is not a size and a SHA-256", len(blocks)+1)
		}
		size, _ := strconv.ParseInt(string(parts[1]), 10, 64) // the pattern admits at most ten digits
		if size > MaxBlockSize {
			return nil, fmt.Errorf("line %d of the block list: no block has %d bytes", len(blocks)+1, size)
		}
		blocks = append(blocks, Block{Size: size, SHA256: string(parts[2])})
	}
	return blocks, nil
}

// TotalSize returns the length of the blob that the blocks make.
func TotalSize(blocks []Block) int64 {
	total := int64(0)
	for _, b := range blocks {
		total += b.Size
	}
	return total
}

// HashOf returns the SHA-256 of the content as lists and manifests have it.
func HashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
