package cli

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// confirmHost returns the host to which an administrator's sign-in may be sent.
// It is the host that the person gave, or otherwise types. A host other than
// the instance's own is an error. A TLS mode that does not verify the host is
// an error too.
func (a *App) confirmHost(server instance.Server, given string) (string, error) {
	if mode := server.WithDefaults().TLS.Mode; mode != instance.TLSVerifyFull {
		return "", failure.New(failure.NotTrusted, "set it to verify-full in pgvault.yaml, or run the SQL yourself: pgvault grants INSTANCE | psql ...",
			"the instance's TLS mode is %s, by which anybody may answer in the place of %s", mode, server.Host)
	}
	if given == "" {
		var err error
		if given, err = a.typeHost(server); err != nil {
			return "", err
		}
	}
	if !strings.EqualFold(given, server.Host) {
		return "", failure.New(failure.NotTrusted, "if the vault is right, give that host", "the instance's server is %s in the vault, and not %s", server.Host, given)
	}
	return given, nil
}

func (a *App) typeHost(server instance.Server) (string, error) {
	in, ok := a.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", usagef("the administrator's sign-in would be sent to %s: confirm it with --admin-host, or run the command on a terminal", server.Host)
	}
	fmt.Fprintf(a.Err, "The administrator's sign-in is sent to %s:%d. Type the host to confirm it: ", server.Host, server.Port)
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("read the host: %w", err)
	}
	return strings.TrimSpace(line), nil
}
