package cli_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/rivo/uniseg"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli"
)

// asCommand is the variable with which the test's own program is pgvault.
const asCommand = "PGVAULT_TEST_COMMAND"

// runAsCommand makes this process a command if it was started as one.
func runAsCommand() {
	if os.Getenv(asCommand) != "" {
		os.Exit(cli.Process().Run(context.Background(), os.Args[1:]))
	}
}

// fakeVerify fails once, and reports more and more until it is cancelled.
func fakeVerify(ctx context.Context) error {
	if activity.GetInfo(ctx).Attempt == 1 {
		return temporalx.AsTemporal(failure.New(failure.LockTimeout, "", "die Tabelle 注文明細テーブル ist gesperrt, und zwar schon sehr lange, von einer anderen Sitzung"))
	}
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for bytes := int64(1 << 30); ctx.Err() == nil; bytes += 1 << 20 {
		activity.RecordHeartbeat(ctx, progress.Snapshot{
			Phase: "読み戻し " + strings.Repeat("x", int(bytes>>20)%30), Done: "unused", Bytes: bytes, Total: 4 << 30, About: true,
			Rate: "10.0 MiB/s", PerSecond: 10 << 20, Tables: 12, TablesTotal: 40,
		})
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return ctx.Err()
}

// However much is told, and however narrow the terminal is, it is one line.
func TestProgressIsOneLineOfATerminal(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{80, 40, 17} {
		t.Run(fmt.Sprint(columns), func(t *testing.T) {
			t.Parallel()
			c := server(t)
			terminal, tty, err := pty.Open()
			require.NoError(t, err)
			defer terminal.Close()
			require.NoError(t, pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: uint16(columns)}))
			command := exec.CommandContext(t.Context(), os.Args[0], "backup", "winding", "--wait")
			command.Env = append(os.Environ(), asCommand+"=1", "TERM=xterm")
			command.Stderr = tty
			out, err := command.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			require.NoError(t, tty.Close())
			shown := newScreen(columns)
			closed := make(chan struct{})
			go func() {
				defer close(closed)
				shown.show(terminal)
			}()
			id := make([]byte, 200)
			n, err := out.Read(id)
			require.NoError(t, err)

			for _, want := range map[int][]string{
				80: {"s verify, attempt 2 in ", "s, after: die Tabelle 注文明細テーブル ist ", "…", "s verify, 読み戻し", "attempt 2 1\\.\\d GiB \\(\\d\\d%\\), 10.0 MiB/s, about \\dm left"},
				40: {"s verify, attempt 2 in ", "s verify, 読み戻し x", "verify, 読み戻し xxxxx", "…"},
				17: {"verify, attempt…", "verify, 読み戻…"},
			}[columns] {
				require.Eventually(t, func() bool {
					lines, odd := shown.lines()
					require.Empty(t, odd)
					require.Len(t, lines, 1, "%q", lines)
					require.Less(t, uniseg.StringWidth(lines[0]), columns)
					return regexp.MustCompile(want).MatchString(lines[0])
				}, soon, look/5, want)
			}
			// Longer and shorter lines follow each other.
			drawn := map[string]bool{}
			require.Eventually(t, func() bool {
				lines, _ := shown.lines()
				require.Len(t, lines, 1, "%q", lines)
				drawn[lines[0]] = true
				return len(drawn) > 6 || columns < 40
			}, soon, look/5)

			require.NoError(t, c.CancelWorkflow(t.Context(), strings.TrimSpace(string(id[:n])), ""))
			require.Error(t, command.Wait())
			<-closed
			lines, odd := shown.lines()
			require.Empty(t, odd)
			require.Regexp(t, `^Job backup/winding/\S+ was cancelled\.$`, strings.Join(lines, ""), "nothing is left of the progress")
		})
	}
}

// Where there is no terminal, there are lines, and each is new.
func TestProgressOfALogIsLines(t *testing.T) {
	t.Parallel()
	c := server(t)
	command := exec.CommandContext(t.Context(), os.Args[0], "backup", "winding", "--wait")
	command.Env = append(os.Environ(), asCommand+"=1", "TERM=xterm")
	var out, errs lockedBuffer
	command.Stdout, command.Stderr = &out, &errs
	require.NoError(t, command.Start())
	require.Eventually(t, func() bool {
		return regexp.MustCompile(`1\.\d GiB of about 4\.0 GiB \(\d\d%\), 12 of 40 tables, 10\.0 MiB/s, about \dm left`).MatchString(errs.String())
	}, soon, look)
	require.NoError(t, c.CancelWorkflow(t.Context(), strings.TrimSpace(out.String()), ""))
	require.Error(t, command.Wait())
	require.Contains(t, errs.String(), "verify, attempt 2")
	require.Contains(t, errs.String(), "von einer anderen Sitzung\n", "lines are whole")
	require.NotContains(t, errs.String(), "\r")
	require.NotContains(t, errs.String(), "\x1b")
	require.Regexp(t, `\ncancelled after \d+s\nJob backup/winding/\S+ was cancelled\.\n$`, errs.String())
}
