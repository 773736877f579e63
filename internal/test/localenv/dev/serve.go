package dev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/sample"
)

// Serve runs the environment until ctx is done, and then removes everything.
// binDir is the directory of the worker's program. After an error the logs are
// kept.
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
	// The user postgres must be able to reach its own directory below.
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
	s, err := fill(ctx, env, dir)
	if err != nil {
		return err
	}
	worker, err := startWorker(env, dir, binDir)
	if err != nil {
		return err
	}
	defer worker.stop()
	if err := writeEnv(dir, variables(env, s), binDir, filepath.Dir(env.Temporal.Binary)); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case <-worker.gone:
		return errors.New("the worker cannot be started again; see worker.log")
	}
}

// fill creates the sample and writes its configuration.
func fill(ctx context.Context, env *localenv.Env, dir Dir) (*sample.Sample, error) {
	s, err := sample.Create(ctx, env)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(dir.ConfigurationFile(), []byte(s.Configuration), 0o644); err != nil {
		return nil, fmt.Errorf("write the sample's configuration: %w", err)
	}
	return s, nil
}

// Attach runs the parts for which docker-compose.yml has no public image, the
// stand-ins and the sample, until ctx is done.
func Attach(ctx context.Context, dir Dir, binDir string) error {
	// Files of an earlier one would be mistaken for current ones.
	if err := os.RemoveAll(string(dir)); err != nil {
		return fmt.Errorf("remove the old environment: %w", err)
	}
	env, err := localenv.Attach(ctx, string(dir))
	if err != nil {
		return err
	}
	defer env.Stop()
	s, err := fill(ctx, env, dir)
	if err != nil {
		return err
	}
	if err := writeEnv(dir, variables(env, s), binDir); err != nil {
		return err
	}
	if err := Report(os.Stdout, dir); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
