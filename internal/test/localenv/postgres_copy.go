package localenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// programs returns the directory of the server's programs.
func (o PostgresOptions) programs(ctx context.Context) (string, error) {
	if o.Programs != "" {
		return o.Programs, nil
	}
	return preparePostgres(ctx, os.Stderr)
}

// copyPrograms copies the programs for the cluster, so that the user postgres
// can reach them and extensions can be added. PostgreSQL finds its files
// relative to its program.
func (p *Postgres) copyPrograms(extensions map[string]string) error {
	root := filepath.Dir(filepath.Dir(p.BinDir)) // of Debian's /usr/lib/postgresql/15/bin: /usr/lib/postgresql
	trees := map[string]string{filepath.Dir(p.BinDir): filepath.Join(p.dir, "server")}
	share := filepath.Join(p.dir, "server", "share", "postgresql", "extension")
	if filepath.Base(root) == "postgresql" {
		major := filepath.Base(filepath.Dir(p.BinDir))
		trees = map[string]string{
			filepath.Dir(p.BinDir): filepath.Join(p.dir, "usr", "lib", "postgresql", major),
			filepath.Join(root, "..", "..", "share", "postgresql", major): filepath.Join(p.dir, "usr", "share", "postgresql", major),
		}
		share = filepath.Join(p.dir, "usr", "share", "postgresql", major, "extension")
	}
	for from, to := range trees {
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("make the directory of the server's programs: %w", err)
		}
		if err := runTool(exec.Command("cp", "--archive", "--dereference", from, to), "copy the server's programs"); err != nil {
			return err
		}
		if from == filepath.Dir(p.BinDir) {
			p.BinDir = filepath.Join(to, "bin")
		}
	}
	for name, content := range extensions {
		if err := os.WriteFile(filepath.Join(share, name), []byte(content), 0o644); err != nil {
			return fmt.Errorf("add an extension: %w", err)
		}
	}
	return nil
}
