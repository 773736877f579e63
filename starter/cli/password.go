package cli

import (
	"context"
	"fmt"
	"os"
	"sync"

	"golang.org/x/term"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
)

// passwordTarget returns a target with the password in PGPASSWORD, or one that
// is prompted for once.
func (a *App) passwordTarget(instance instance.Instance, user string) postgres.Target {
	ask := sync.OnceValues(func() (secret.String, error) { return a.password(user) })
	return postgres.Target{
		Host: instance.Server.Host, Port: instance.Server.Port, Database: instance.Database, User: user,
		TLS:      postgres.TLS{Mode: instance.Server.TLS.Mode, RootCertificate: instance.Server.TLS.RootCertificate},
		Password: func(context.Context) (secret.String, error) { return ask() },
	}
}

func (a *App) password(user string) (secret.String, error) {
	if password := a.Getenv("PGPASSWORD"); password != "" {
		return secret.New(password), nil
	}
	in, ok := a.In.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return secret.String{}, usagef("no password for %s: set PGPASSWORD, or run the command on a terminal", user)
	}
	fmt.Fprintf(a.Err, "Password of %s: ", user)
	password, err := term.ReadPassword(int(in.Fd()))
	fmt.Fprintln(a.Err)
	if err != nil {
		return secret.String{}, fmt.Errorf("read the password: %w", err)
	}
	return secret.New(string(password)), nil
}
