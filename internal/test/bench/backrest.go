package bench

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/test/localenv"
)

// backrestMajor is the newest server version that Debian 12's pgBackRest
// supports.
const backrestMajor = 15

// physical compares pgBackRest, which copies the files of the whole cluster and
// not the rows of one database, with pgvault on the same server.
func (r *runner) physical(ctx context.Context) error {
	program, err := localenv.PgBackRest(ctx, r.Log)
	if err != nil {
		return err
	}
	older, err := r.onServer(ctx, backrestMajor)
	if err != nil {
		return err
	}
	defer older.postgres.Stop()
	if _, err := older.make(ctx, "two-tables"); err != nil {
		return err
	}
	for range r.Pairs {
		zst, err1 := older.backrest(ctx, program, "--compress-type=zst", "--compress-level=1")
		zstd, err2 := older.vault(ctx, older.database, "zstd", 1)
		gz, err3 := older.backrest(ctx, program, "--compress-type=gz")
		gzip, err4 := older.vault(ctx, older.database, "gzip", 0)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return err
		}
		name := fmt.Sprintf("two-tables, server %d", backrestMajor)
		r.figures.add(name, "pgbackrest_zst_over_backup_zstd", zst.Seconds/zstd.Seconds)
		r.figures.add(name, "pgbackrest_gz_over_backup_gzip", gz.Seconds/gzip.Seconds)
		for _, each := range []struct {
			way string
			outcome
		}{{"pgbackrest_zst", zst}, {"backup_zstd", zstd}, {"pgbackrest_gz", gz}, {"backup_gzip", gzip}} {
			r.figures.add(name, each.way+"_seconds", each.Seconds)
			r.figures.add(name, each.way+"_mib", float64(each.Stored.Size)/(1<<20))
		}
	}
	return nil
}

// onServer returns a runner with a server of another version, which the caller
// must stop. It shares everything else.
func (r *runner) onServer(ctx context.Context, major int) (*runner, error) {
	other := *r.bed
	var err error
	other.postgres, err = r.server(ctx, major)
	return &runner{Options: r.Options, bed: &other, record: r.record}, err
}

// backrest makes a full backup of the cluster in a new repository. It uses one
// process for each processor, bundles small files as its manual advises for
// object stores, and waits neither for a checkpoint nor for the archive: the
// log that a restore needs is not stored, and costs nothing here.
func (r *runner) backrest(ctx context.Context, program string, compression ...string) (outcome, error) {
	container, err := r.container(ctx)
	if err != nil {
		return outcome{}, err
	}
	config := filepath.Join(r.dir, "pgbackrest.conf")
	content, err := r.backrestConfig(container)
	if err != nil {
		return outcome{}, err
	}
	if err := os.WriteFile(config, []byte(content), 0o600); err != nil {
		return outcome{}, fmt.Errorf("write pgBackRest's configuration: %w", err)
	}
	args := []string{"--config=" + config, "--stanza=bench"}
	create := exec.CommandContext(ctx, program, append(args, "stanza-create")...)
	create.Env = r.variables("postgres", r.postgres.Port)
	if err := quietly(create); err != nil {
		return outcome{}, err
	}
	if err := r.settle(ctx); err != nil {
		return outcome{}, err
	}
	args = append(args, "--type=full", "--start-fast", "--no-archive-check", "--no-expire-auto", fmt.Sprintf("--process-max=%d", runtime.NumCPU()))
	o, err := r.measured(ctx, task{Kind: "pgbackrest", Database: "postgres", Container: container, Program: program, Args: append(append(args, compression...), "backup")})
	if err != nil {
		return outcome{}, err
	}
	o.Stored.Size, err = r.storedSize(ctx, container)
	fmt.Fprintf(r.log, "  pgbackrest %v: %.1f MiB stored\n", compression, float64(o.Stored.Size)/(1<<20))
	return o, err
}

func (r *runner) backrestConfig(container string) (string, error) {
	storage, err := url.Parse(container)
	if err != nil {
		return "", fmt.Errorf("the container's URL: %w", err)
	}
	// By name, since pgBackRest does not compare addresses with a certificate.
	return fmt.Sprintf(`[global]
repo1-type=azure
repo1-path=/repo
repo1-azure-account=%s
repo1-azure-key=%s
repo1-azure-container=%s
repo1-azure-uri-style=path
repo1-storage-host=localhost
repo1-storage-port=%s
repo1-storage-ca-file=%s
repo1-bundle=y
repo1-retention-full=1
lock-path=%s
log-path=%s
log-level-console=warn
log-level-file=off

[bench]
pg1-path=%s
pg1-port=%d
pg1-user=%s
`, localenv.AzuriteAccount, localenv.AzuriteKey, filepath.Base(container), storage.Port(), r.ca.BundleFile(), r.dir, r.dir,
		r.postgres.DataDir(), r.postgres.Port, r.postgres.Superuser), nil
}

// storedSize returns the total size of a container.
func (b *bed) storedSize(ctx context.Context, url string) (sum int64, err error) {
	container, err := b.open(url)
	if err != nil {
		return 0, err
	}
	for blob, err := range container.List(ctx, "") {
		if err != nil {
			return 0, err
		}
		sum += blob.Size
	}
	return sum, nil
}

// backrestTask runs pgBackRest.
func backrestTask(ctx context.Context, t task, _ *blobstore.Container) (outcome, error) {
	cmd := exec.CommandContext(ctx, t.Program, t.Args...)
	// Its output is not the task's outcome.
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return outcome{}, cmd.Run()
}
