package localenv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process that dies with this one.
type child struct {
	cmd     *exec.Cmd
	logFile string
	done    chan struct{}
	err     error
}

// startChild starts cmd with its output appended to logFile. orphaned is the
// signal that the kernel sends it when this process dies.
func startChild(cmd *exec.Cmd, logFile string, orphaned syscall.Signal) (*child, error) {
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	// A group of its own: Ctrl-C in a terminal is for us alone, and we stop the
	// parts in order.
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = orphaned

	c := &child{cmd: cmd, logFile: logFile, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends the signal when the *thread* that forked ends, so that
		// thread stays until the child is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return c, nil
}

// awaitReady calls probe until it succeeds. A child that exits before is an
// error that shows the end of its log.
func (c *child) awaitReady(ctx context.Context, probe func(context.Context) error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		if last = probe(ctx); last == nil {
			return nil
		}
		select {
		case <-c.done:
			return fmt.Errorf("%s exited: %w\n%s", c.cmd.Path, errOr(c.err, "status 0"), tail(c.logFile))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (last: %w)\n%s", c.cmd.Path, ctx.Err(), last, tail(c.logFile))
		case <-tick.C:
		}
	}
}

// stop asks with sig and kills what has not gone after the grace period.
func (c *child) stop(sig syscall.Signal, grace time.Duration) {
	_ = c.cmd.Process.Signal(sig)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-timer.C:
		c.kill()
	}
}

func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.done
}

func errOr(err error, text string) error {
	if err == nil {
		return errors.New(text)
	}
	return err
}

// tail gives the last lines of a log for an error message.
func tail(file string) []byte {
	const limit = 2 << 10
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	if len(data) > limit {
		data = data[len(data)-limit:]
	}
	return bytes.TrimSpace(data)
}
