package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// jobs is a Temporal server with the real worker and the real command.
type jobs struct {
	*bed
	env    *localenv.Env
	worker *localenv.Process
	binDir string
}

// wholeJobs compares whole backups with their own dump stage.
func (r *runner) wholeJobs(ctx context.Context) error {
	s, err := r.make(ctx, "two-tables")
	if err != nil {
		return err
	}
	j, err := r.startJobs(ctx, r.database)
	if err != nil {
		return err
	}
	defer j.stop()
	for range r.Pairs {
		whole, dump, err := j.backup(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.Log, "  %-22s %-16s %7.2f s, of which %.2f s is the dump\n", "whole job", r.database, whole, dump)
		r.figures.add(s.Name, "whole_job_over_dump", whole/dump)
	}
	// The worker needs more memory than one of our tasks.
	peak, err := peak(j.worker.PID())
	r.peakKiB = max(r.peakKiB, peak)
	fmt.Fprintf(r.Log, "  worker: peak %d MiB\n", peak>>10)
	return err
}

func (r *runner) startJobs(ctx context.Context, database string) (j *jobs, err error) {
	j = &jobs{bed: r.bed, binDir: r.BinDir, env: &localenv.Env{CA: r.ca, Postgres: r.postgres, Azurite: r.azurite, Azure: r.azure}}
	defer func() {
		if err != nil {
			j.stop()
		}
	}()
	if j.env.VaultURL, err = r.azurite.CreateContainer(ctx, "vault"); err != nil {
		return j, err
	}
	if j.env.Temporal, err = localenv.StartTemporal(ctx, localenv.TemporalOptions{}); err != nil {
		return j, err
	}
	if err = j.env.WriteTrust(r.dir); err != nil {
		return j, err
	}
	worker := exec.Command(filepath.Join(j.binDir, "pgvault-worker"))
	worker.Env = append(j.variables(), "PGVAULT_PG_BIN="+r.tools, "PGVAULT_METRICS_ADDRESS=127.0.0.1:0")
	if j.worker, err = localenv.StartProcess(worker, filepath.Join(r.dir, "worker.log")); err != nil {
		return j, err
	}
	secret := r.azure.KeyVault.SetSecret("bench", r.postgres.URI(database, r.postgres.Superuser, r.postgres.Password))
	file := filepath.Join(r.dir, "pgvault.yaml")
	err = os.WriteFile(file, fmt.Appendf(nil, `vault: {container: %q}
policies: {p: {schedule: {times: ["02:00"]}, retention: {Default: 30d}}}
instances:
  bench: {server: {host: localhost, port: %d}, database: %s, signIn: {keyVaultSecret: %q}, policy: p, dump: {compression: "zstd:1", connections: %d}}
`, j.env.VaultURL, r.postgres.Port, database, secret, r.Connections), 0o600)
	if err != nil {
		return j, fmt.Errorf("write the configuration: %w", err)
	}
	return j, j.apply(ctx, file)
}

// apply applies the configuration. A Temporal server that has just started may
// know its namespace when a schedule is created, and not yet when schedules are
// listed.
func (j *jobs) apply(ctx context.Context, file string) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for tries := 1; ; tries++ {
		_, err := j.pgvault(ctx, "apply", "-f", file)
		if err == nil || tries == 30 {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

func (j *jobs) stop() {
	if j.worker != nil {
		j.worker.Stop(syscall.SIGTERM, 40*time.Second)
	}
	if j.env.Temporal != nil {
		j.env.Temporal.Stop()
	}
}

func (j *jobs) variables() []string {
	all := os.Environ()
	for name, value := range j.env.Vars() {
		all = append(all, name+"="+value)
	}
	return all
}

func (j *jobs) pgvault(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, filepath.Join(j.binDir, "pgvault"), args...)
	cmd.Env = j.variables()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("pgvault %s: %w\n%s", args[0], err, out)
	}
	return string(out), nil
}

// backup runs one job and returns the durations of the job and of its dump, in
// seconds.
func (j *jobs) backup(ctx context.Context) (whole, dump float64, err error) {
	if err := j.settle(ctx); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if _, err := j.pgvault(ctx, "backup", "bench", "--wait"); err != nil {
		return 0, 0, err
	}
	whole = time.Since(began).Seconds()
	dump, err = j.lastDump(ctx)
	return whole, dump, err
}

// lastDump returns the duration of the dump from the newest manifest.
func (j *jobs) lastDump(ctx context.Context) (seconds float64, err error) {
	container, err := j.open(j.env.VaultURL)
	if err != nil {
		return 0, err
	}
	newest := ""
	for blob, err := range container.List(ctx, "instances/bench/points/") {
		if err != nil {
			return 0, err
		}
		if strings.HasSuffix(blob.Name, "/manifest.json") {
			newest = max(newest, blob.Name)
		}
	}
	if newest == "" {
		return 0, errors.New("the vault has no manifest")
	}
	content, _, err := container.Get(ctx, newest, 16<<20)
	if err != nil {
		return 0, err
	}
	var manifest struct {
		Dump struct{ StartedAt, EndedAt time.Time }
	}
	err = json.Unmarshal(content, &manifest)
	return manifest.Dump.EndedAt.Sub(manifest.Dump.StartedAt).Seconds(), err
}
