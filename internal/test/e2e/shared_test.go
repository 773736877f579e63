package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// reporter is a *testing.T, or a replacement after the last test.
type reporter interface {
	require.TestingT
	Helper()
	Logf(format string, args ...any)
}

// shared is the world of all tests that affect neither its worker and vault nor
// the instances of other tests.
var shared struct {
	once   sync.Once
	world  *world
	worker *worker
	ready  bool
}

// sharedWorld returns the shared world, and starts it and its worker for the
// first test. They end after the last test.
func sharedWorld(t *testing.T) *world {
	t.Helper()
	shared.once.Do(func() {
		dir := filepath.Join(bin, "shared")
		require.NoError(t, os.Mkdir(dir, 0o700))
		shared.world = beginWorld(t, localenvtest.Env(t), dir, nil)
		// More slots than by default: a test may keep a dump waiting.
		shared.worker = shared.world.beginWorker(t, "PGVAULT_MAX_DUMPS=4")
		shared.worker.awaitReady(t)
		shared.ready = true
	})
	require.True(t, shared.ready, "the shared world did not start")
	return shared.world
}

// endShared ends the shared world and reports whether all was in order.
func endShared() bool {
	report := &lastReport{}
	if shared.worker != nil {
		report.do(func() { shared.worker.end(report) })
	}
	if shared.world != nil {
		report.do(func() { shared.world.end(report) })
	}
	return !report.failed
}

// lastReport reports what is found after the last test.
type lastReport struct{ failed bool }

var _ reporter = (*lastReport)(nil)

// do runs f in a goroutine, which FailNow may end.
func (r *lastReport) do(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
}

func (r *lastReport) Helper() {}

func (r *lastReport) Logf(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "shared world: "+format+"\n", args...)
}

func (r *lastReport) Errorf(format string, args ...any) {
	r.failed = true
	r.Logf(format, args...)
}

func (r *lastReport) FailNow() {
	r.failed = true
	runtime.Goexit()
}
