package memory

import "context"

// Buffers is a pool of buffers of one size. Their memory is not the garbage
// collector's, which would let the process grow to twice the size. It is
// returned to the operating system at once.
type Buffers struct {
	size  int64
	count int
	free  chan []byte
}

// NewBuffers returns count buffers of a size in bytes.
func NewBuffers(size int64, count int) (*Buffers, error) {
	b := &Buffers{size: size, count: count, free: make(chan []byte, count)}
	for range count {
		buffer, err := allocate(int(size))
		if err != nil {
			b.count = len(b.free)
			b.Release()
			return nil, err
		}
		b.free <- buffer
	}
	return b, nil
}

// Count returns the number of buffers.
func (b *Buffers) Count() int { return b.count }

// Get returns a free buffer. It waits until there is one.
func (b *Buffers) Get(ctx context.Context) ([]byte, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case buffer := <-b.free:
		return buffer, nil
	}
}

// Put returns a buffer.
func (b *Buffers) Put(buffer []byte) { b.free <- buffer[:b.size] }

// Release waits for all buffers and frees their memory.
func (b *Buffers) Release() {
	for range b.count {
		free(<-b.free)
	}
	b.count = 0
}
