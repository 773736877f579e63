package cli_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/version"
	"github.com/pgvault/pgvault/starter/cli"
	"github.com/pgvault/pgvault/starter/cli/document/documenttest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	runAsCommand()
	localenvtest.Main(m)
}

const (
	soon = time.Minute
	look = 50 * time.Millisecond
)

// lockedBuffer is a buffer that can be read while a command writes.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

// command is a command line with its outcome.
type command struct {
	out, errs lockedBuffer
	env       map[string]string
}

func (c *command) run(ctx context.Context, args ...string) int {
	app := cli.App{
		In: strings.NewReader(""), Out: &c.out, Err: &c.errs,
		Local:  time.FixedZone("CET", 3600),
		Getenv: func(name string) string { return c.env[name] }, Version: version.Info{Version: "v1.2.0", Commit: "14979e35d52a", Go: "go1.26.8"},
	}
	status := app.Run(ctx, args)
	if err := documenttest.Check(args, c.out.String()); err != nil {
		fmt.Fprintln(&c.errs, err)
		return noDocument
	}
	return status
}

// noDocument is the status of a command that printed something else than its
// documented JSON.
const noDocument = 99

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func cutLine(text string) (line, rest string, found bool) { return strings.Cut(text, "\n") }
