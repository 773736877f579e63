package localenv_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// connect signs in like a client that verifies the server.
func connect(t *testing.T, p *localenv.Postgres, user, password string) error {
	t.Helper()
	config, err := pgx.ParseConfig("host=localhost dbname=postgres sslmode=verify-full sslrootcert=" + localenvtest.CA(t).CertificateFile())
	require.NoError(t, err)
	config.Port, config.User, config.Password = uint16(p.Port), user, password
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		return err
	}
	return conn.Close(t.Context())
}

func TestPostgresTakesPasswordsOverVerifiedTLS(t *testing.T) {
	t.Parallel()
	p := localenvtest.Postgres(t)
	user, password := localenvtest.User(t)
	require.NoError(t, connect(t, p, user, password.Reveal()))
	require.ErrorContains(t, connect(t, p, user, "wrong"), "28P01")
}

func TestPostgresChecksEntraTokensAtEachSignIn(t *testing.T) {
	t.Parallel()
	p, identity := localenvtest.Postgres(t), localenvtest.Azure(t).Identity
	user := localenvtest.EntraUser(t)
	require.NoError(t, connect(t, p, user, identity.PostgresToken()))
	for name, token := range map[string]string{
		"no token":         "hunter2",
		"expired":          identity.Token("https://ossrdbms-aad.database.windows.net", -time.Minute),
		"for another part": identity.Token("https://vault.azure.net", time.Hour),
		"forged":           identity.PostgresToken() + "x",
	} {
		require.ErrorContains(t, connect(t, p, user, token), "28000", name)
	}
	other, _ := localenvtest.User(t)
	require.ErrorContains(t, connect(t, p, other, identity.PostgresToken()), "28P01", "a user with a password")
}

func TestPostgresWithExpiredCertificate(t *testing.T) {
	t.Parallel()
	ca := localenvtest.CA(t)
	expired, err := ca.Expired()
	require.NoError(t, err)
	p, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: ca, Certificate: expired})
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	err = connect(t, p, p.Superuser, p.Password.Reveal())
	var verification *tls.CertificateVerificationError
	require.ErrorAs(t, err, &verification)
	var invalid x509.CertificateInvalidError
	require.ErrorAs(t, err, &invalid)
	require.Equal(t, x509.Expired, invalid.Reason)
}

func TestPostgresHaltAndStartKeepsDataAndPort(t *testing.T) {
	t.Parallel()
	p, err := localenv.StartPostgres(t.Context(), localenv.PostgresOptions{CA: localenvtest.CA(t)})
	require.NoError(t, err)
	t.Cleanup(p.Stop)
	require.NoError(t, p.Exec(t.Context(), "postgres", "CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)"))
	p.Halt()
	require.Error(t, p.Exec(t.Context(), "postgres", "SELECT 1"))
	require.NoError(t, p.Start(t.Context()))
	require.NoError(t, p.Exec(t.Context(), "postgres", "DELETE FROM kept WHERE id = 1"))
}
