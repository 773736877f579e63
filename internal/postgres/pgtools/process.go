package pgtools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/pgvault/pgvault/internal/postgres"
)

// killDelay is the time between SIGTERM and SIGKILL.
const killDelay = 5 * time.Second

// Command is a program to run.
type Command struct {
	// Path is the path of the program, see [Installation.Path].
	Path string
	Args []string
	// Target is the target of the child's connection. [Start] requests its
	// password.
	Target postgres.Target
	// Database, if not empty, replaces the target's.
	Database string
	// Stdin is the child's standard input. An error of its Read ends the input
	// and becomes the error of [Process.Wait].
	Stdin io.Reader
	// Files are the contents of files in memory, which the child finds at
	// [FilePath].
	Files [][]byte
	// Stderr receives each line of the child's standard error, redacted.
	Stderr io.Writer
	// ExtraEnv are additional variables, such as PGOPTIONS.
	ExtraEnv []string
}

// Process is a running child.
type Process struct {
	tool   string
	target postgres.Target
	ctx    context.Context
	cmd    *exec.Cmd
	stdout *output
	stdin  *input
	log    *stderrLog
	ended  chan error
	wait   func() (Result, error)
}

// Result is the result of a successful child.
type Result struct {
	// Warnings are at most 100 lines of its standard error, redacted.
	Warnings []string
}

// Start starts a program, which runs until it exits or ctx is done. The caller
// must read Stdout to its end and then call Wait.
func Start(ctx context.Context, c Command) (*Process, error) {
	tool := filepath.Base(c.Path)
	password, err := c.Target.Password(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the password for %s: %w", tool, err)
	}
	env, err := environment(c.Target, c.Database, c.ExtraEnv)
	if err != nil {
		return nil, err
	}
	files, err := newFiles(password, c.Files)
	if err != nil {
		return nil, err
	}
	defer closeAll(files)
	// cmd.StdoutPipe is not used: Wait closes it while it may still be read.
	stdout, childStdout, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for %s: %w", tool, err)
	}
	defer childStdout.Close()

	p := &Process{
		tool: tool, target: c.Target, ctx: ctx, stdout: &output{file: stdout},
		log: newStderrLog(newRedactor(password), c.Stderr), ended: make(chan error, 1),
	}
	p.wait = sync.OnceValues(p.finish)
	p.cmd = exec.CommandContext(ctx, c.Path, c.Args...)
	p.cmd.Env = env
	p.cmd.ExtraFiles = files
	p.cmd.Stdout, p.cmd.Stderr = childStdout, p.log
	if c.Stdin != nil {
		p.stdin = &input{reader: c.Stdin}
		p.cmd.Stdin = p.stdin
	}
	p.cmd.WaitDelay = killDelay
	// A process group keeps a terminal's Ctrl-C from the child, which the
	// worker stops gracefully.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	p.cmd.Cancel = func() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM) }
	if err := p.start(); err != nil {
		_ = stdout.Close()
		return nil, fmt.Errorf("start %s: %w", tool, err)
	}
	return p, nil
}

// start forks on a locked thread that lives as long as the child: the
// parent-death signal is sent when the forking thread ends, not the process.
func (p *Process) start() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := p.cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		p.ended <- p.cmd.Wait()
	}()
	return <-started
}

// PID returns the child's process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stdout returns the child's standard output. It ends when the child exits;
// only Wait reports whether the child succeeded.
func (p *Process) Stdout() io.Reader { return p.stdout }

// Wait closes Stdout and waits for the child to exit. It returns the context's
// cause for a child stopped by its context, and a [failure.Error] with an
// [*ExitError] in its chain for a child that failed.
func (p *Process) Wait() (Result, error) { return p.wait() }

// Stop kills a child that is no longer needed and returns its output so far.
// Wait need not be called.
func (p *Process) Stop() Result {
	// An error means that it has already exited.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	_, _ = p.wait()
	return Result{Warnings: p.log.first()}
}

func (p *Process) finish() (Result, error) {
	_ = p.stdout.file.Close()
	err := <-p.ended
	p.log.flush()
	switch {
	case p.stdin.failure() != nil:
		return Result{}, fmt.Errorf("read the input of %s: %w", p.tool, p.stdin.failure())
	case p.cmd.ProcessState.Success() && (err == nil || errors.Is(err, exec.ErrWaitDelay)):
		// ErrWaitDelay: the child did not read all input.
		return Result{Warnings: p.log.first()}, nil
	case p.ctx.Err() != nil:
		return Result{}, fmt.Errorf("%s was stopped: %w", p.tool, context.Cause(p.ctx))
	}
	return Result{}, p.failed(err)
}

func (p *Process) failed(err error) error {
	exit := &ExitError{Tool: p.tool, Code: -1, Status: p.cmd.ProcessState.String(), Stderr: p.log.excerpt(), Whole: p.log.whole()}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		exit.Code = code
	}
	var known *exec.ExitError
	if !errors.As(err, &known) {
		return fmt.Errorf("run %s: %w", p.tool, err)
	}
	return Classify(exit, p.target)
}

// ExitError is the error of a child that failed.
type ExitError struct {
	Tool string
	// Code is the exit status; -1 if a signal ended the child.
	Code int
	// Status is the status in words, such as "exit status 1" or "signal:
	// killed".
	Status string
	// Stderr is its redacted standard error, shortened to head and tail of
	// together at most 8 KiB. It has nothing that may quote rows or settings.
	Stderr string
	// Whole is the end of its standard error with all that may quote rows and
	// settings. It must not leave the worker, and no text of the error has it.
	Whole string
}

// Error returns the tool, its status and its standard error.
func (e *ExitError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("%s: %s", e.Tool, e.Status)
	}
	return fmt.Sprintf("%s: %s: %s", e.Tool, e.Status, e.Stderr)
}

// input records the error of a failed read. A child with incomplete input fails
// too, with another error.
type input struct {
	reader io.Reader
	mu     sync.Mutex
	err    error
}

func (i *input) Read(b []byte) (int, error) {
	n, err := i.reader.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		i.mu.Lock()
		i.err = err
		i.mu.Unlock()
	}
	return n, err
}

func (i *input) failure() error {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}
