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

// killDelay is what a child has between SIGTERM and SIGKILL.
const killDelay = 5 * time.Second

// Command says what to run.
type Command struct {
	// Path is the program, see [Installation.Path].
	Path string
	Args []string
	// Target is where the child connects; its password is fetched by [Start].
	Target postgres.Target
	// Database replaces the target's, if not empty.
	Database string
	// Stdin feeds the child. An error of its Read ends the child's input and
	// becomes the error of [Process.Wait].
	Stdin io.Reader
	// Files are contents that the child finds at [FilePath], in memory only.
	Files [][]byte
	// Stderr receives each line of the child's standard error, redacted.
	Stderr io.Writer
	// ExtraEnv are further variables, like PGOPTIONS.
	ExtraEnv []string
}

// Process is a running child.
type Process struct {
	tool   string
	target postgres.Target
	ctx    context.Context
	cmd    *exec.Cmd
	stdout *os.File
	stdin  *input
	log    *stderrLog
	ended  chan error
	wait   func() (Result, error)
}

// Result is what a child that ended well has left.
type Result struct {
	// Warnings are the first lines of its standard error, redacted, at most 100.
	Warnings []string
}

// Start runs a program until it ends or ctx does. The caller reads Stdout to
// its end and then calls Wait, which it must call in any case.
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
	// Not cmd.StdoutPipe: its Wait closes the pipe under the reader's hands.
	stdout, childStdout, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe for %s: %w", tool, err)
	}
	defer childStdout.Close()

	p := &Process{
		tool: tool, target: c.Target, ctx: ctx, stdout: stdout,
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
	// A group of its own, so that a terminal's Ctrl-C does not reach the child
	// past a worker that is stopping gracefully.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	p.cmd.Cancel = func() error { return syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM) }
	if err := p.start(); err != nil {
		_ = stdout.Close()
		return nil, fmt.Errorf("start %s: %w", tool, err)
	}
	return p, nil
}

// start forks from a thread that lives as long as the child: the child's death
// signal comes when the thread that forked it ends, not the process.
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

// PID is the child's process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stdout is the child's standard output. It ends when the child ends, which
// says nothing of whether it ended well: only Wait does.
func (p *Process) Stdout() io.Reader { return p.stdout }

// Wait closes Stdout and waits for the child's end. A child that was stopped
// by its context gives the context's cause; one that failed a
// [failure.Error] with an [*ExitError] in its chain.
func (p *Process) Wait() (Result, error) { return p.wait() }

// Stop kills the child, of which no more is wanted, and gives what it had to
// say until then. Wait need not be called.
func (p *Process) Stop() Result {
	// An error means that it has ended by itself.
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	_, _ = p.wait()
	return Result{Warnings: p.log.first()}
}

func (p *Process) finish() (Result, error) {
	_ = p.stdout.Close()
	err := <-p.ended
	p.log.flush()
	switch {
	case p.stdin.failure() != nil:
		return Result{}, fmt.Errorf("read the input of %s: %w", p.tool, p.stdin.failure())
	case p.cmd.ProcessState.Success() && (err == nil || errors.Is(err, exec.ErrWaitDelay)):
		// ErrWaitDelay: the input had more than the child wanted to read.
		return Result{Warnings: p.log.first()}, nil
	case p.ctx.Err() != nil:
		return Result{}, fmt.Errorf("%s was stopped: %w", p.tool, context.Cause(p.ctx))
	}
	return Result{}, p.failed(err)
}

func (p *Process) failed(err error) error {
	exit := &ExitError{Tool: p.tool, Code: -1, Status: p.cmd.ProcessState.String(), Stderr: p.log.excerpt()}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		exit.Code = code
	}
	var known *exec.ExitError
	if !errors.As(err, &known) {
		return fmt.Errorf("run %s: %w", p.tool, err)
	}
	return Classify(exit, p.target)
}

// ExitError is a child's unhappy end.
type ExitError struct {
	Tool string
	// Code is the exit status, -1 if a signal ended the child.
	Code int
	// Status reads "exit status 1" or "signal: killed".
	Status string
	// Stderr is what it printed: redacted, head and tail of at most 8 KiB.
	Stderr string
}

// Error returns tool, status and what it printed.
func (e *ExitError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("%s: %s", e.Tool, e.Status)
	}
	return fmt.Sprintf("%s: %s: %s", e.Tool, e.Status, e.Stderr)
}

// input remembers why reading failed, since a child that got only half its
// input fails too, and says something else.
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
