package signin_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

func source(t *testing.T) signin.Azure {
	t.Helper()
	credential, err := azure.Credential()
	require.NoError(t, err)
	return signin.Azure{Trust: signintest.Everyone{}, Credential: credential, Secrets: azure.NewSecrets(credential, azure.Options{DisableChallengeResourceVerification: true})}
}

// account is one on the shared server, by a secret of the test's own.
func account(t *testing.T, value string) (a signin.Account, name string) {
	t.Helper()
	p := localenvtest.Postgres(t)
	name = strings.ToLower(strings.NewReplacer("/", "-", "_", "-", " ", "-", ".", "-").Replace(t.Name()))
	localenvtest.Azure(t).KeyVault.SetSecret(name, secret.New(value))
	return signin.Account{
		Server:   instance.Server{Host: p.Host, Port: p.Port, TLS: instance.TLS{Mode: instance.TLSVerifyFull}},
		Database: localenvtest.Database(t),
		SignIn:   instance.SignIn{KeyVaultSecret: localenvtest.Azure(t).KeyVault.SecretURL(name)},
	}, name
}

func TestEverySecretFormSignsIn(t *testing.T) {
	t.Parallel()
	user, password := localenvtest.User(t)
	p := localenvtest.Postgres(t)
	for form, value := range map[string]string{
		"ado.net": fmt.Sprintf("Server=%s;Database=other;Port=%d;User Id=%s;Password=%s;Ssl Mode=Require;", p.Host, p.Port, user, password.Reveal()),
		"uri":     fmt.Sprintf("postgresql://%s:%s@%s:%d/other", user, password.Reveal(), p.Host, p.Port),
		"keyword": fmt.Sprintf("user=%s password=%s", user, password.Reveal()),
		"json":    fmt.Sprintf(`{"username":%q,"password":%q}`, user, password.Reveal()),
	} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			a, name := account(t, value)
			session, err := signin.Open(t.Context(), source(t), a)
			require.NoError(t, err)
			defer session.Close(context.Background())
			var database string
			require.NoError(t, session.Conn.QueryRow(t.Context(), "SELECT current_database()").Scan(&database))
			require.Equal(t, a.Database, database, "the database is the instance's, not the secret's")
			require.Equal(t, signin.Reference{
				Kind: signin.KeyVault, URL: a.SignIn.KeyVaultSecret, Form: session.Reference.Form, User: user,
				Version: localenvtest.Azure(t).KeyVault.Version(name),
			}, session.Reference)
			require.EqualValues(t, form, session.Reference.Form)
		})
	}
}

func TestSecretOfAnotherServerIsRefused(t *testing.T) {
	t.Parallel()
	a, _ := account(t, "Server=elsewhere.example;User Id=u;Password=c4n4ry;")
	_, _, err := signin.Resolve(t.Context(), source(t), a)
	require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
	require.NotContains(t, err.Error(), "c4n4ry")
}

func TestSecretWithoutUserOrPassword(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"no password": "user=u", "no user": `{"password":"c4n4ry"}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, _ := account(t, value)
			_, _, err := signin.Resolve(t.Context(), source(t), a)
			require.Equal(t, failure.SecretFormat, failure.CodeOf(err))
			require.Contains(t, err.Error(), a.SignIn.KeyVaultSecret)
			require.NotContains(t, err.Error(), "c4n4ry")
		})
	}
}

// rotating rotates the secret between a read and the sign-in that follows it.
type rotating struct {
	signin.Azure
	rotate func()
	reads  int
}

func (r *rotating) Newest(ctx context.Context, url string) (azure.Secret, error) {
	r.reads++
	stored, err := r.Azure.Newest(ctx, url)
	if r.reads == 1 {
		r.rotate()
	}
	return stored, err
}

func TestRefusedSignInGetsOneFreshRead(t *testing.T) {
	t.Parallel()
	user, password := localenvtest.User(t)
	a, name := account(t, fmt.Sprintf("user=%s password=%s", user, password.Reveal()))
	r := &rotating{Azure: source(t), rotate: func() {
		require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), "postgres", "ALTER ROLE "+user+" PASSWORD 'rotated'"))
		localenvtest.Azure(t).KeyVault.SetSecret(name, secret.New("user="+user+" password=rotated"))
	}}
	session, err := signin.Open(t.Context(), r, a)
	require.NoError(t, err)
	session.Close(context.Background())
	require.Equal(t, 2, r.reads)
	require.Equal(t, localenvtest.Azure(t).KeyVault.Version(name), session.Reference.Version)
}

func TestWrongPasswordIsNotTriedForEver(t *testing.T) {
	t.Parallel()
	user, _ := localenvtest.User(t)
	a, _ := account(t, "user="+user+" password=c4n4ry")
	r := &rotating{Azure: source(t), rotate: func() {}}
	_, err := signin.Open(t.Context(), r, a)
	require.Equal(t, failure.DBUserAuthFailed, failure.CodeOf(err))
	require.NotContains(t, err.Error(), "c4n4ry")
	require.Equal(t, 2, r.reads)
}

func TestEntraTokenIsFetchedForEveryConnection(t *testing.T) {
	t.Parallel()
	a, _ := account(t, "unused")
	a.SignIn = instance.SignIn{Entra: &instance.Entra{User: localenvtest.EntraUser(t)}}
	for range 2 {
		session, err := signin.Open(t.Context(), source(t), a)
		require.NoError(t, err)
		require.Equal(t, signin.Entra, session.Reference.Kind)
		session.Close(context.Background())
	}
}
