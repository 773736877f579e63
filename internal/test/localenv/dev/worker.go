package dev

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// worker keeps pgvault-worker running: it restarts a killed worker, as a
// supervisor would.
type worker struct {
	cancel context.CancelFunc
	// gone is closed when no worker is running any more.
	gone chan struct{}
}

func startWorker(env *localenv.Env, dir Dir, binDir string) (*worker, error) {
	start := func() (*localenv.Process, error) {
		cmd := exec.Command(filepath.Join(binDir, "pgvault-worker"))
		cmd.Env = os.Environ()
		for name, value := range env.Vars() {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		return localenv.StartProcess(cmd, dir.path("worker.log"))
	}
	first, err := start()
	if err != nil {
		return nil, fmt.Errorf("start the worker (run make build first): %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{cancel: cancel, gone: make(chan struct{})}
	go func() {
		defer close(w.gone)
		for process := first; ; {
			select {
			case <-ctx.Done():
				process.Stop(syscall.SIGTERM, 20*time.Second)
				return
			case <-process.Done():
			}
			select { // not in a tight loop if it fails at once each time
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
			var err error
			if process, err = start(); err != nil {
				return
			}
		}
	}()
	return w, nil
}

func (w *worker) stop() {
	w.cancel()
	<-w.gone
}
