package blobstore

import "sort"

// Index finds the blocks of a list by their offsets in the blob. It is safe for
// concurrent use.
type Index struct {
	blocks []Block
	// ends are the end offsets of the blocks.
	ends []int64
}

// NewIndex returns the index of a list.
func NewIndex(blocks []Block) *Index {
	x := &Index{blocks: blocks, ends: make([]int64, len(blocks))}
	end := int64(0)
	for i, b := range blocks {
		end += b.Size
		x.ends[i] = end
	}
	return x
}

// Size returns the length of the blob in bytes.
func (x *Index) Size() int64 {
	if len(x.ends) == 0 {
		return 0
	}
	return x.ends[len(x.ends)-1]
}

// at returns the index of the block that contains an offset.
func (x *Index) at(offset int64) int {
	return sort.Search(len(x.ends), func(i int) bool { return x.ends[i] > offset })
}

// begin returns the offset of a block.
func (x *Index) begin(block int) int64 { return x.ends[block] - x.blocks[block].Size }

// chunk returns the next chunk to verify. offset lies in the block.
func (x *Index) chunk(block int, offset int64) *chunk {
	limit := offset + chunkSize
	if x.ends[block] > limit {
		return &chunk{first: block, end: block, part: true, offset: offset, length: chunkSize}
	}
	if offset > x.begin(block) {
		return &chunk{first: block, end: block + 1, part: true, offset: offset, length: x.ends[block] - offset}
	}
	end := sort.Search(len(x.ends), func(i int) bool { return x.ends[i] > limit })
	return &chunk{first: block, end: end, offset: offset, length: x.ends[end-1] - offset}
}

// check compares the blocks of a chunk of whole blocks.
func (x *Index) check(name string, c *chunk) (all []*Damage) {
	content := c.content
	for block := c.first; block < c.end; block++ {
		size := x.blocks[block].Size
		if d := x.damage(name, block, HashOf(content[:size])); d != nil {
			all = append(all, d)
		}
		content = content[size:]
	}
	return all
}

// damage compares the hash found for a block with the list. It returns nil if
// they are equal.
func (x *Index) damage(name string, block int, found string) *Damage {
	want := x.blocks[block]
	if found == want.SHA256 {
		return nil
	}
	return &Damage{Blob: name, Block: block, Offset: x.begin(block), Size: want.Size, Found: found, Want: want.SHA256}
}
