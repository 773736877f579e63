package dev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// Up starts the environment as a process of its own and waits until it is
// ready. It does nothing if the environment is running. serve is the command
// line that runs [Serve].
func Up(ctx context.Context, out io.Writer, dir Dir, serve []string) error {
	lock, err := dir.lock()
	if errors.Is(err, errRunning) {
		fmt.Fprintln(out, "The local environment is running already.")
		return awaitReady(ctx, dir, nil)
	}
	if err != nil {
		return err
	}
	cleanErr := clean(dir, lock)
	if err := errors.Join(cleanErr, lock.Close()); err != nil {
		return err
	}
	// Here and not in the detached process, since it may take minutes and must
	// be visible.
	if err := localenv.Prepare(ctx, out); err != nil {
		return err
	}
	fmt.Fprintln(out, "Starting PostgreSQL, Azurite, Temporal, and stand-ins for Key Vault and Microsoft Entra…")
	return launch(ctx, dir, serve)
}

// launch starts the detached process and waits until it is ready.
func launch(ctx context.Context, dir Dir, serve []string) error {
	if err := os.MkdirAll(string(dir), 0o755); err != nil {
		return fmt.Errorf("make the environment's directory: %w", err)
	}
	log, err := os.Create(dir.path("serve.log"))
	if err != nil {
		return fmt.Errorf("make the environment's log: %w", err)
	}
	defer log.Close()
	cmd := exec.Command(serve[0], serve[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // it outlives the terminal
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the environment: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	err = awaitReady(ctx, dir, ended)
	if ctx.Err() != nil {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return errors.Join(ctx.Err(), <-ended)
	}
	return err
}

// awaitReady waits until an environment is ready or has ended.
func awaitReady(ctx context.Context, dir Dir, ended <-chan error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(dir.EnvFile()); err == nil {
			return nil
		}
		select {
		case err := <-ended:
			text, _ := os.ReadFile(dir.path("serve.log"))
			return fmt.Errorf("the environment did not start: %w\n%s", err, bytes.TrimSpace(text))
		case <-ctx.Done():
			return fmt.Errorf("wait for the environment: %w", ctx.Err())
		case <-tick.C:
		}
		if ended != nil {
			continue
		}
		// For an environment started by another process, only the lock is
		// visible.
		if lock, err := dir.lock(); err == nil {
			return errors.Join(lock.Close(), errors.New("the environment did not start; see its serve.log"))
		}
	}
}

// Report prints the addresses and files of the environment.
func Report(out io.Writer, dir Dir) error {
	vars, err := ReadEnv(dir)
	if err != nil {
		return fmt.Errorf("the environment is still starting: %w", err)
	}
	fmt.Fprintf(out, `
  Temporal UI   %s
  PostgreSQL    %s
  Vault         %s
  Logs          %s

In your shell:

  . %s
  pgvault apply -f %s
  pgvault backup shop/orders --wait

`, vars[VarTemporalUI], vars[VarServer], vars["PGVAULT_VAULT"], filepath.Join(string(dir), "*.log"),
		dir.EnvFile(), dir.ConfigurationFile())
	return nil
}

// Down ends the environment and removes its files.
func Down(ctx context.Context, out io.Writer, dir Dir) error {
	if _, err := os.Stat(string(dir)); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(out, "The local environment is not running.")
		return nil
	}
	lock, err := dir.lock()
	if errors.Is(err, errRunning) {
		if lock, err = end(ctx, dir); err == nil {
			fmt.Fprintln(out, "The local environment has stopped.")
		}
	}
	if err != nil {
		return err
	}
	defer lock.Close()
	return clean(dir, lock)
}

// end ends the environment's process and takes over its lock.
func end(ctx context.Context, dir Dir) (*os.File, error) {
	file, err := os.Open(dir.path("lock"))
	if err != nil {
		return nil, fmt.Errorf("open the environment's lock: %w", err)
	}
	s, err := readState(file)
	if err != nil || s.PID == 0 {
		return nil, errors.Join(err, file.Close(), errors.New("the environment is still starting"))
	}
	if err := syscall.Kill(s.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return nil, errors.Join(fmt.Errorf("stop the environment: %w", err), file.Close())
	}
	// The process holds the lock: it has ended when the lock is free.
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-tick.C:
		}
	}
	return file, nil
}

// clean removes the files of an environment that did not end cleanly.
func clean(dir Dir, lock io.ReadSeeker) error {
	if _, err := lock.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read the environment's lock: %w", err)
	}
	s, err := readState(lock)
	if err != nil {
		return err
	}
	if s.DataDir != "" {
		if err := os.RemoveAll(s.DataDir); err != nil {
			return fmt.Errorf("remove the environment's data: %w", err)
		}
	}
	if err := os.RemoveAll(string(dir)); err != nil {
		return fmt.Errorf("remove the environment's directory: %w", err)
	}
	return nil
}
