package localenvtest

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Keepalives returns when TCP sends the next keepalive, for each socket of this
// machine with the port at either end that has such a timer.
func Keepalives(t *testing.T, port int) (next []time.Duration) {
	t.Helper()
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		content, err := os.ReadFile(table)
		require.NoError(t, err)
		for line := range strings.Lines(string(content)) {
			fields := strings.Fields(line)
			if len(fields) < 6 || !strings.HasSuffix(fields[1]+" "+fields[2], fmt.Sprintf(":%04X", port)) && !strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) {
				continue
			}
			// "02:000008F7" is a keepalive timer and its hundredths of a
			// second.
			kind, when, _ := strings.Cut(fields[5], ":")
			hundredths, err := strconv.ParseInt(when, 16, 64)
			if kind == "02" && err == nil {
				next = append(next, time.Duration(hundredths)*10*time.Millisecond)
			}
		}
	}
	return next
}
