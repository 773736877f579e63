package follow_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/follow"
)

func TestATerminalIsDrawnInPlace(t *testing.T) {
	t.Parallel()
	at, columns := now, 40
	var out bytes.Buffer
	terminal := follow.NewTerminal(&out, func() int { return columns }, func() time.Time { return at })
	shown := func(s follow.State) string {
		out.Reset()
		terminal.Show(s)
		return out.String()
	}
	require.Equal(t, "\r0s starting\x1b[K", shown(follow.State{}))
	require.Empty(t, shown(follow.State{}), "nothing has changed")
	at = at.Add(time.Second)
	require.Equal(t, "\r1s starting\x1b[K", shown(follow.State{}))
	require.Equal(t, "\r1s dump 3.0 GiB (25%), about 4m left\x1b[K", shown(working("Dump", halfway())))
	columns = 0
	require.Equal(t, "\r1s dump 3.0 GiB of about 12.0 GiB (25%), 41.0 MiB/s, about 4m left\x1b[K", shown(working("Dump", halfway())), "80 are usual")
	require.Empty(t, shown(follow.State{Progress: temporalx.Progress{Stage: temporalx.StageWorking}}), "the last step stays until there is another")
	columns = 20
	warned := halfway()
	warned.Warning = "the snapshot\x1b is old, and whole"
	require.Equal(t, "\r\x1b[Kwarning: the snapshot\\u001b is old, and whole\n\r1s dump 3.0 GiB\x1b[K", shown(working("Dump", warned)))
	require.Empty(t, shown(working("Dump", warned)), "it is told once")
	columns = 1
	require.Equal(t, "\r\x1b[K", shown(working("Dump", warned)))
	out.Reset()
	terminal.End("completed")
	require.Equal(t, "\r\x1b[K", out.String())
}
