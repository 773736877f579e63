package blobstore

import "context"

// buffers is a fixed number of buffers of one size. Their memory is not the
// garbage collector's, which would let as much again pile up before it frees
// any, and it goes back to the system at once.
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

// get waits for a free buffer.
func (b *buffers) get(ctx context.Context) ([]byte, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case buffer := <-b.free:
		return buffer, nil
	}
}

func (b *buffers) put(buffer []byte) { b.free <- buffer[:b.size] }

// release waits for all buffers and gives their memory back.
func (b *buffers) release() {
	if b == nil {
		return
	}
	for range b.count {
		free(<-b.free)
	}
	b.count = 0
}
