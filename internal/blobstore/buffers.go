package blobstore

import "context"

// buffers is a pool of buffers of one size. Their memory is not the garbage
// collector's, which would let the process grow to twice the size. It is
// returned to the operating system at once.
type buffers struct {
	size  int64
	count int
	free  chan []byte
}

func newBuffers(size int64, count int) (*buffers, error) {
	b := &buffers{size: size, count: count, free: make(chan []byte, count)}
	for range count {
		buffer, err := allocate(int(size))
		if err != nil {
			b.count = len(b.free)
			b.release()
			return nil, err
		}
		b.free <- buffer
	}
	return b, nil
}

// get returns a free buffer. It waits until there is one.
func (b *buffers) get(ctx context.Context) ([]byte, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case buffer := <-b.free:
		return buffer, nil
	}
}

func (b *buffers) put(buffer []byte) { b.free <- buffer[:b.size] }

// release waits for all buffers and frees their memory.
func (b *buffers) release() {
	if b == nil {
		return
	}
	for range b.count {
		free(<-b.free)
	}
	b.count = 0
}
