package signin_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/trust"
)

// counting is a source of a worker with a trust file, and counts what is read.
type counting struct {
	signin.Trusted
	signintest.Given
	reads int
}

func (c *counting) Allow(a signin.Account) error { return c.Trusted.Allow(a) }

func (c *counting) AllowPassword(a signin.Account, named string) error {
	return c.Trusted.AllowPassword(a, named)
}

func (c *counting) Newest(ctx context.Context, url string) (azure.Secret, error) {
	c.reads++
	return c.Given.Newest(ctx, url)
}

func (c *counting) PostgresToken(ctx context.Context) (secret.String, error) {
	c.reads++
	return c.Given.PostgresToken(ctx)
}

func TestNothingIsReadForAnAccountThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	const host, bound, unbound = "db1.example.com", "https://contoso.vault.azure.net/secrets/shop", "https://contoso.vault.azure.net/secrets/books"
	file, err := trust.Parse([]byte(`servers: [{hosts: [`+host+`], use: [backup], secrets: ["`+bound+`"]}]`), "trust.yaml")
	require.NoError(t, err)
	resolve := func(use trust.Use, change func(*signin.Account)) (int, error) {
		a := signin.Account{Server: instance.Server{Host: host, Port: 5432}, SignIn: instance.SignIn{KeyVaultSecret: bound}}
		change(&a)
		source := &counting{Trusted: signin.Trusted{File: file, Use: use}, Given: signintest.Given{Secret: secret.New("user=u password=c4n4ry")}}
		_, _, err := signin.Resolve(t.Context(), source, a)
		return source.reads, err
	}
	reads, err := resolve(trust.Backup, func(*signin.Account) {})
	require.NoError(t, err)
	require.Equal(t, 1, reads)

	for name, change := range map[string]func(*signin.Account){
		"another host":         func(a *signin.Account) { a.Server.Host = "evil.example" },
		"a weaker TLS mode":    func(a *signin.Account) { a.Server.TLS.Mode = instance.TLSRequire },
		"certificates of ours": func(a *signin.Account) { a.Server.TLS.RootCertificate = "/etc/ssl/certs/ca-certificates.crt" },
		"another Key Vault":    func(a *signin.Account) { a.SignIn.KeyVaultSecret = "https://evil.vault.azure.net/secrets/shop" },
		"a token":              func(a *signin.Account) { a.SignIn = instance.SignIn{Entra: &instance.Entra{User: "u"}} },
	} {
		reads, err := resolve(trust.Backup, change)
		require.Equal(t, failure.NotTrusted, failure.CodeOf(err), name)
		require.Zero(t, reads, name)
	}
	reads, err = resolve(trust.Restore, func(*signin.Account) {})
	require.Equal(t, failure.NotTrusted, failure.CodeOf(err), "the host is listed for backups")
	require.Zero(t, reads)

	// The value of a secret that is not bound has to name the host, so it is read.
	reads, err = resolve(trust.Backup, func(a *signin.Account) { a.SignIn.KeyVaultSecret = unbound })
	require.Equal(t, failure.NotTrusted, failure.CodeOf(err))
	require.NotContains(t, err.Error(), "c4n4ry")
	require.Equal(t, 1, reads)
}

// A path in a secret is not the trust file's, nor pgvault.yaml's.
func TestRootCertificatesInASecretAreIgnored(t *testing.T) {
	t.Parallel()
	const url = "https://contoso.vault.azure.net/secrets/shop"
	a := signin.Account{Server: instance.Server{Host: "db1.example.com", Port: 5432}, SignIn: instance.SignIn{KeyVaultSecret: url}}
	source := signintest.Given{Secret: secret.New("user=u password=p sslmode=verify-ca sslrootcert=/etc/passwd")}
	target, reference, err := signin.Resolve(t.Context(), source, a)
	require.NoError(t, err)
	require.Empty(t, target.TLS.RootCertificate)
	require.Len(t, reference.Notes, 1)
	require.Contains(t, reference.Notes[0], url)
	require.NotContains(t, reference.Notes[0], "/etc/passwd")
}
