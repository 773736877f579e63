package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// bin is the directory of the programs under test, built with the race
// detector.
var bin string

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == azName {
		if err := az(os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "az:", err)
			os.Exit(1)
		}
		return
	}
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "prepare the programs under test:", err)
		os.Exit(1)
	}
	localenvtest.Main(runner{m})
}

// runner ends the shared world after the last test, while its parts are still
// running.
type runner struct{ tests *testing.M }

func (r runner) Run() int {
	status := r.tests.Run()
	if !endShared() && status == 0 {
		status = 1
	}
	_ = os.RemoveAll(bin)
	return status
}

func prepare() error {
	var err error
	if bin, err = os.MkdirTemp("", "pgvault-e2e-"); err != nil {
		return err
	}
	for name, pkg := range map[string]string{"pgvault": "starter", "pgvault-worker": "worker"} {
		build := exec.Command("go", "build", "-race", "-o", filepath.Join(bin, name), "github.com/pgvault/pgvault/"+pkg)
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	return nil
}
