package growth

import (
	"runtime"
	"time"
)

// sampling is the time between two looks at the heap.
const sampling = 5 * time.Millisecond

// Peak does the work and returns the largest size of the heap that was seen
// meanwhile, in bytes, beyond its size before. The race detector's own memory is
// not part of it. Other work of the process is.
func Peak(work func()) int64 {
	runtime.GC()
	before := heap()
	done, peak := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(sampling)
		defer tick.Stop()
		for most := int64(0); ; most = max(most, heap()-before) {
			select {
			case <-done:
				peak <- most
				return
			case <-tick.C:
			}
		}
	}()
	work()
	close(done)
	return <-peak
}

// heap returns the size of the heap with its garbage, in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
