package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/signintest"
)

// Do runs the task read from r and writes its outcome to w.
func Do(ctx context.Context, r io.Reader, w io.Writer) error {
	var t task
	if err := json.NewDecoder(r).Decode(&t); err != nil {
		return fmt.Errorf("read the task: %w", err)
	}
	kinds := map[string]func(context.Context, task, *blobstore.Container) (outcome, error){
		"dump": dumpTask, "pipe": pipeTask, "restore": restoreTask, "restore-pipe": restorePipeTask, "restore-file": restoreFileTask,
		"floor": floorTask, "compare": compareTask, "pgbackrest": backrestTask,
	}
	do, ok := kinds[t.Kind]
	if !ok {
		return fmt.Errorf("there is no task %q", t.Kind)
	}
	credential, err := azure.Credential()
	if err != nil {
		return err
	}
	container, err := azureblob.Open(t.Container, credential, azureblob.Options{})
	if err != nil {
		return err
	}
	stop, err := profile(t.Profile)
	if err != nil {
		return err
	}
	began := time.Now()
	o, err := do(ctx, t, container)
	if err = errors.Join(err, stop()); err != nil {
		return err
	}
	o.Seconds = time.Since(began).Seconds()
	if o.PeakKiB, err = peak(os.Getpid()); err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(o)
}

func profile(file string) (stop func() error, err error) {
	if file == "" {
		return func() error { return nil }, nil
	}
	out, err := os.Create(file)
	if err != nil {
		return nil, fmt.Errorf("make the profile's file: %w", err)
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return nil, fmt.Errorf("start the profile: %w", err)
	}
	return func() error {
		pprof.StopCPUProfile()
		return out.Close()
	}, nil
}

// peak returns the peak memory of a process, in KiB.
func peak(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the peak of memory: %w", err)
	}
	for line := range bytes.Lines(status) {
		if rest, ok := strings.CutPrefix(string(line), "VmHWM:"); ok {
			return strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no VmHWM", pid)
}

// account returns the account in the variables.
func (t task) account(database string) signin.Account {
	return signin.Account{
		Server: instance.Server{Host: t.Host, Port: t.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}}, Database: database,
		SignIn: instance.SignIn{KeyVaultSecret: "https://vault.example/secrets/bench"},
	}
}

func (t task) source() signintest.Given {
	return signintest.Given{Secret: secret.New(fmt.Sprintf("postgresql://%s:%s@%s:%d/postgres", t.User, os.Getenv("PGPASSWORD"), t.Host, t.Port))}
}

func (t task) installations(ctx context.Context) ([]pgtools.Installation, error) {
	return pgtools.Discover(ctx, []string{t.Tools})
}

// program returns a command of one of PostgreSQL's programs with this process's
// variables.
func (t task) program(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(t.Tools, name), args...)
	cmd.Stderr = os.Stderr
	return cmd
}
