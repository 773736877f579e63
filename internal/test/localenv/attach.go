package localenv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pgvault/pgvault/internal/secret"
)

// The ports of docker-compose.yml that are not the familiar ones.
const (
	attachedLDAP     = 8703
	attachedPassword = "postgres"
)

// Attach returns an environment whose parts are run by another program, such as
// Docker, at their well-known ports on this machine. It writes the files that
// they need to dir/tls (server.crt, server.key, pg_hba.conf), starts the
// stand-ins, and waits for the parts. Stop leaves them running.
func Attach(ctx context.Context, dir string) (*Env, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("the environment's directory: %w", err)
	}
	e := &Env{}
	if err := e.attach(ctx, filepath.Join(dir, "tls")); err != nil {
		e.Stop()
		return nil, err
	}
	if err := e.WriteTrust(dir); err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

func (e *Env) attach(ctx context.Context, dir string) (err error) {
	if e.CA, err = NewCA(dir); err != nil {
		return err
	}
	e.Azure, err = StartStandIns(StandInOptions{
		CA: e.CA, IdentityPort: familiar.identity, VaultPort: familiar.vault, LDAPPort: attachedLDAP,
	})
	if err != nil {
		return err
	}
	if err := e.writePartsFiles(dir); err != nil {
		return err
	}
	e.Postgres = &Postgres{Host: "localhost", Port: familiar.postgres, Superuser: "postgres", Password: secret.New(attachedPassword)}
	e.Azurite = &Azurite{URL: "https://" + loopback(familiar.azurite) + "/devstoreaccount1", ca: e.CA}
	e.Temporal = &Temporal{Address: loopback(familiar.temporal), UIURL: "http://" + loopback(familiar.temporalUI)}
	for _, probe := range []func(context.Context) error{e.Postgres.answers, dials(familiar.azurite), e.Temporal.answers} {
		if err := await(ctx, probe); err != nil {
			return fmt.Errorf("wait for the other parts: %w", err)
		}
	}
	if err := e.Postgres.Exec(ctx, "postgres", "CREATE ROLE "+EntraRole); err != nil {
		return err
	}
	e.VaultURL, err = e.Azurite.CreateContainer(ctx, vaultContainer)
	return err
}

func (e *Env) writePartsFiles(dir string) error {
	certificate, err := e.CA.Server()
	if err != nil {
		return err
	}
	hba, err := hostBasedAuthentication(e.Azure.LDAPAddr)
	if err != nil {
		return err
	}
	err = errors.Join(
		os.Rename(certificate.KeyFile, filepath.Join(dir, "server.key")),
		os.Rename(certificate.CertFile, filepath.Join(dir, "server.crt")),
		// Written last, since the parts wait for it.
		os.WriteFile(filepath.Join(dir, "pg_hba.conf"), []byte(hba), 0o644),
	)
	if err != nil {
		return fmt.Errorf("write the parts' files: %w", err)
	}
	return nil
}

// await calls probe until it succeeds.
func await(ctx context.Context, probe func(context.Context) error) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}
