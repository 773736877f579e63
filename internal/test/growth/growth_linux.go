package growth

import (
	"runtime"
	"syscall"
	"testing"
	"time"
)

const (
	// times is how much larger the second input is. Code that is linear takes
	// that many times as long for it, and quadratic code the square.
	times = 4
	// most is the largest quotient of the two times that is taken for linear. It
	// leaves room for sorting, caches and maps that grow.
	most = 10
	// least is a time that a thread's clock measures well.
	least = 20 * time.Millisecond
	tries = 3
)

// Linear fails the test if work takes more than proportionally longer for an
// input of four times the size n. prepare returns the work for a size, and is
// not measured itself.
func Linear(t testing.TB, n int, prepare func(n int) (work func())) {
	t.Helper()
	small, large := fastest(prepare, n), fastest(prepare, times*n)
	if large >= most*max(small, least/times) {
		t.Fatalf("size %d takes %s, and size %d takes %s", n, small, times*n, large)
	}
}

// fastest returns the shortest of several measured times.
func fastest(prepare func(int) func(), n int) time.Duration {
	shortest := measure(prepare(n))
	for range tries - 1 {
		shortest = min(shortest, measure(prepare(n)))
	}
	return shortest
}

// measure returns the processor time of the thread that does the work.
func measure(work func()) time.Duration {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := threadTime()
	work()
	return threadTime() - before
}

// rusageThread is RUSAGE_THREAD of Linux.
const rusageThread = 1

func threadTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &usage); err != nil {
		panic("growth: read the time of the thread: " + err.Error())
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
