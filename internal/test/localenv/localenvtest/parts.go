package localenvtest

import (
	"context"
	"crypto/rand"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
)

// startLimit bounds the start of a part: the first start on a machine installs
// it.
const startLimit = 10 * time.Minute

// CA returns the authority that the process trusts through SSL_CERT_FILE.
func CA(testing.TB) *localenv.CA { return parts.ca }

// Azure returns the stand-ins for managed identity, Key Vault and Entra
// sign-in.
func Azure(testing.TB) *localenv.StandIns { return parts.standIns }

// Postgres returns the shared cluster.
func Postgres(t testing.TB) *localenv.Postgres {
	t.Helper()
	return get(t, &parts.postgres, func(ctx context.Context) (*localenv.Postgres, error) {
		return localenv.StartPostgres(ctx, localenv.PostgresOptions{CA: parts.ca, LDAPAddr: parts.standIns.LDAPAddr, Extensions: parts.extensions})
	})
}

// Scratch returns the shared cluster for drills.
func Scratch(t testing.TB) *localenv.Postgres {
	t.Helper()
	return get(t, &parts.scratch, func(ctx context.Context) (*localenv.Postgres, error) {
		return localenv.StartPostgres(ctx, localenv.PostgresOptions{CA: parts.ca, Host: localenv.ScratchHost})
	})
}

// Azurite returns the shared storage account.
func Azurite(t testing.TB) *localenv.Azurite {
	t.Helper()
	return get(t, &parts.azurite, func(ctx context.Context) (*localenv.Azurite, error) {
		return localenv.StartAzurite(ctx, localenv.AzuriteOptions{CA: parts.ca})
	})
}

// Temporal returns the shared dev server.
func Temporal(t testing.TB) *localenv.Temporal {
	t.Helper()
	return get(t, &parts.temporal, func(ctx context.Context) (*localenv.Temporal, error) {
		return localenv.StartTemporal(ctx, localenv.TemporalOptions{})
	})
}

// Env returns all shared parts but the scratch server together, with a new container. The test must
// not stop it.
func Env(t testing.TB) *localenv.Env {
	t.Helper()
	return &localenv.Env{
		CA: CA(t), Postgres: Postgres(t), Azurite: Azurite(t), Temporal: Temporal(t), Azure: Azure(t),
		VaultURL: Container(t),
	}
}

func get[T interface{ Stop() }](t testing.TB, o *once[T], start func(context.Context) (T, error)) T {
	t.Helper()
	o.Do(func() {
		// The test's context is not used: the part outlives the test.
		ctx, cancel := context.WithTimeout(context.Background(), startLimit)
		defer cancel()
		if o.part, o.err = start(ctx); o.err == nil {
			parts.stopLater(o.part.Stop)
		}
	})
	require.NoError(t, o.err)
	return o.part
}

// Container creates a new container in the shared account and returns its URL.
func Container(t testing.TB) string {
	t.Helper()
	url, err := Azurite(t).CreateContainer(t.Context(), Unique())
	require.NoError(t, err)
	return url
}

// Immutable starts a stand-in with immutability policies in front of the shared
// account, and returns it with the URL and name of a new container enabled for
// them.
func Immutable(t testing.TB) (standIn *localenv.Immutable, containerURL, name string) {
	t.Helper()
	name = path.Base(Container(t))
	i, err := localenv.StartImmutable(Azurite(t).URL, CA(t))
	require.NoError(t, err)
	t.Cleanup(i.Stop)
	i.Enable(name)
	return i, i.URL + "/" + name, name
}

// Database creates a database in the shared cluster and returns its name. It is
// dropped after the test.
func Database(t testing.TB) string {
	t.Helper()
	p, name := Postgres(t), Unique()
	require.NoError(t, p.Exec(t.Context(), "postgres", "CREATE DATABASE "+name))
	t.Cleanup(func() {
		require.NoError(t, p.Exec(context.Background(), "postgres", "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"))
	})
	return name
}

// Receiver starts a receiver of notifications, which ends with the test.
func Receiver(t testing.TB) *localenv.Receiver {
	t.Helper()
	r, err := localenv.StartReceiver(CA(t))
	require.NoError(t, err)
	t.Cleanup(r.Stop)
	return r
}

// MailServer starts a mail server, which ends with the test.
func MailServer(t testing.TB, o localenv.MailServerOptions, password secret.String) *localenv.MailServer {
	t.Helper()
	o.CA = CA(t)
	s, err := localenv.StartMailServer(t.Context(), o, password)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	return s
}

// User creates a role that signs in to the shared cluster by password. It
// remains after the test, since grants to it may remain.
func User(t testing.TB) (name string, password secret.String) {
	t.Helper()
	name, password = Unique(), secret.New(rand.Text())
	require.NoError(t, Postgres(t).Exec(t.Context(), "postgres", "CREATE ROLE "+name+" LOGIN PASSWORD '"+password.Reveal()+"'"))
	return name, password
}

// EntraUser creates a role that signs in to the shared cluster with a token for
// PostgreSQL.
func EntraUser(t testing.TB) string {
	t.Helper()
	name := Unique()
	require.NoError(t, Postgres(t).Exec(t.Context(), "postgres", "CREATE ROLE "+name+" LOGIN IN ROLE "+localenv.EntraRole))
	return name
}

// Unique returns a unique name for containers, and for SQL without quotes.
func Unique() string { return "t" + strings.ToLower(rand.Text()[:12]) }

// StopLater registers a function to call when the package's tests are over.
func StopLater(stop func()) { parts.stopLater(stop) }
