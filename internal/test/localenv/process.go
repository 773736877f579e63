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

// Process is a child process that dies with this one.
type Process struct {
	cmd     *exec.Cmd
	logFile string
	done    chan struct{}
	err     error
}

// StartProcess starts one of our programs, such as the worker, and appends its
// output to logFile. It is killed when this process dies.
func StartProcess(cmd *exec.Cmd, logFile string) (*Process, error) {
	return startProcess(cmd, logFile, syscall.SIGKILL)
}

// startProcess is StartProcess with another signal for the orphaned child.
func startProcess(cmd *exec.Cmd, logFile string, orphaned syscall.Signal) (*Process, error) {
	out, err := os.OpenFile(logFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	cmd.Stdout, cmd.Stderr = out, out
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	// A process group of its own: a terminal's Ctrl-C reaches only this
	// process, which stops the parts in order.
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = orphaned

	p := &Process{cmd: cmd, logFile: logFile, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends the signal when the forking *thread* ends, so that
		// the thread must live as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	return p, nil
}

// awaitReady calls probe until it succeeds. If the child exits before, it
// returns an error with the end of the child's log.
func (p *Process) awaitReady(ctx context.Context, probe func(context.Context) error) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var last error
	for {
		if last = probe(ctx); last == nil {
			return nil
		}
		select {
		case <-p.done:
			return fmt.Errorf("%s exited: %w\n%s", p.cmd.Path, errOr(p.err, "status 0"), tail(p.logFile))
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w (last: %w)\n%s", p.cmd.Path, ctx.Err(), last, tail(p.logFile))
		case <-tick.C:
		}
	}
}

// PID returns the process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done returns a channel that is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Stop sends sig, and kills the process after the grace period.
func (p *Process) Stop(sig syscall.Signal, grace time.Duration) {
	_ = p.cmd.Process.Signal(sig)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.Kill()
	}
}

// Kill kills the process.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

func errOr(err error, text string) error {
	if err == nil {
		return errors.New(text)
	}
	return err
}

// tail returns the last lines of a log, for an error.
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
