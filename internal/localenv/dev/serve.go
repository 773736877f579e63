package dev

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/pgvault/pgvault/internal/localenv"
	"github.com/pgvault/pgvault/internal/localenv/sample"
)

// Serve runs the environment until the context ends, and then leaves nothing.
// binDir is where the worker's program is. After an error the logs stay.
func Serve(ctx context.Context, dir Dir, binDir string) error {
	lock, err := dir.lock()
	if err != nil {
		return err
	}
	defer lock.Close()
	data, err := os.MkdirTemp("", "pgvault-dev-")
	if err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	defer os.RemoveAll(data)
	// The user postgres has to get through to its own directory below.
	if err := os.Chmod(data, 0o711); err != nil {
		return fmt.Errorf("open the data directory: %w", err)
	}
	if err := os.Setenv("TMPDIR", data); err != nil {
		return fmt.Errorf("set TMPDIR: %w", err)
	}
	if err := writeState(lock, state{PID: os.Getpid(), DataDir: data}); err != nil {
		return err
	}
	if err := serve(ctx, dir, binDir); err != nil {
		return err
	}
	if err := os.RemoveAll(string(dir)); err != nil {
		return fmt.Errorf("remove the environment's directory: %w", err)
	}
	return nil
}

func serve(ctx context.Context, dir Dir, binDir string) error {
	env, err := localenv.Start(ctx, localenv.Options{Dir: string(dir), Log: os.Stdout, Familiar: true})
	if err != nil {
		return err
	}
	defer env.Stop()
	s, err := sample.Create(ctx, env)
	if err != nil {
		return err
	}
	if err := os.WriteFile(dir.ConfigurationFile(), []byte(s.Configuration), 0o644); err != nil {
		return fmt.Errorf("write the sample's configuration: %w", err)
	}
	worker, err := startWorker(env, dir, binDir)
	if err != nil {
		return err
	}
	defer worker.stop()
	if err := writeEnv(dir, variables(env, s), binDir, env.Temporal.Binary); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-worker.gone:
		return errors.New("the worker cannot be started again; see worker.log")
	}
}
