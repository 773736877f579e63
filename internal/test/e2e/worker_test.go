package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// worker is a running pgvault-worker.
type worker struct {
	cmd    *exec.Cmd
	output *buffer
	done   chan struct{}
}

// startWorker starts a worker, waits until it is ready, and ends it with the
// test.
func (w *world) startWorker(t *testing.T, more ...string) *worker {
	t.Helper()
	p := w.beginWorker(t, more...)
	t.Cleanup(func() { p.end(t) })
	p.awaitReady(t)
	return p
}

// beginWorker starts a worker that the caller must end.
func (w *world) beginWorker(t *testing.T, more ...string) *worker {
	t.Helper()
	p := &worker{cmd: exec.Command(filepath.Join(bin, "pgvault-worker")), output: &buffer{}, done: make(chan struct{})}
	p.cmd.Env = w.environ(more...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, p.cmd.Start())
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	return p
}

func (p *worker) awaitReady(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return bytes.Contains(p.output.Bytes(), []byte("the worker is ready")) || p.ended() },
		patience, 20*time.Millisecond)
	require.False(t, p.ended(), "the worker ended:\n%s", p.output.Bytes())
}

// end stops the worker and searches its output.
func (p *worker) end(t reporter) {
	p.stop(t)
	keepLog(t, "worker", p.output.Bytes())
	logLines(t, p.output.Bytes())
}

func (p *worker) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop ends the worker as an orchestrator does, and keeps its last metrics.
func (p *worker) stop(t reporter) {
	t.Helper()
	if p.ended() {
		return
	}
	keepLog(t, "metrics", []byte(p.get(t, "/metrics")))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		t.Errorf("the worker did not stop:\n%s", p.output.Bytes())
	}
	require.NotContains(t, string(p.output.Bytes()), "DATA RACE")
}

// kill ends the worker as a power failure does.
func (p *worker) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Kill())
	<-p.done
}

var monitorAddress = regexp.MustCompile(`"monitor":"([^"]+)"`)

// get requests a path of the worker's HTTP server.
func (p *worker) get(t reporter, path string) string {
	t.Helper()
	address := monitorAddress.FindSubmatch(p.output.Bytes())
	require.NotNil(t, address, "the worker does not say where it serves /metrics:\n%s", p.output.Bytes())
	response, err := http.Get(fmt.Sprintf("http://%s%s", address[1], path))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s", body)
	return string(body)
}

// buffer is a bytes.Buffer for one writer and many readers.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

// silent is the logger of the tests' own Temporal clients.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
