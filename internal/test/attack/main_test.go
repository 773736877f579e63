package attack_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// worker is the program under attack, built with the race detector.
var worker string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "pgvault-attack-")
	if err == nil {
		worker = filepath.Join(folder, "pgvault-worker")
		var out []byte
		if out, err = exec.Command("go", "build", "-race", "-o", worker, "github.com/pgvault/pgvault/worker").CombinedOutput(); err != nil {
			err = fmt.Errorf("build the worker: %w\n%s", err, out)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	localenvtest.Main(runner{m, folder})
}

type runner struct {
	tests  *testing.M
	folder string
}

func (r runner) Run() int {
	status := r.tests.Run()
	_ = os.RemoveAll(r.folder)
	return status
}
