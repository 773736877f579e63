package trust_test

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func parse(t *testing.T, text string) trust.File {
	t.Helper()
	f, err := trust.Parse([]byte(text), "/etc/pgvault/trust.yaml")
	require.NoError(t, err, text)
	return f
}

// escapes matches characters that untrusted text must not send to a terminal or
// a log.
var escapes = regexp.MustCompile("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")

// requireRefused checks the form of a refusal. It returns the lines of YAML in
// the refusal, or "" if no line allows the request.
func requireRefused(t *testing.T, err error, about ...any) string {
	t.Helper()
	var f *failure.Error
	require.ErrorAs(t, err, &f, about...)
	require.Equal(t, failure.NotTrusted, f.Code, about...)
	require.False(t, f.Code.Retryable())
	require.NotEmpty(t, f.Action, about...)
	require.NotRegexp(t, escapes, err.Error(), about...)
	require.Less(t, len(err.Error()), 8000, about...)
	_, lines, _ := strings.Cut(f.Action, "\n")
	return lines
}

// allows checks that the lines in a refusal allow the request.
func allows(t *testing.T, check func(trust.File) error) {
	t.Helper()
	lines := requireRefused(t, check(parse(t, "vaultID: own\n")))
	require.NotEmpty(t, lines)
	require.NoError(t, check(parse(t, lines+"\n")), lines)
}

func TestTheLinesOfARefusalAllowTheRequest(t *testing.T) {
	t.Parallel()
	const secret = "https://contoso.vault.azure.net/secrets/shop"
	for _, host := range []string{"db.example.com", "DB.example.COM.", "10.0.0.4", "::1", "::ffff:10.0.0.4", "localhost", "xn--bcher-kva.example"} {
		for _, use := range []trust.Use{trust.Backup, trust.Restore, trust.Drill} {
			to := trust.Destination{Use: use, Host: host}
			allows(t, func(f trust.File) error { return f.Server(to) })
			allows(t, func(f trust.File) error { return f.EntraToken(to) })
			allows(t, func(f trust.File) error { return f.Password(to, secret, "") })
			allows(t, func(f trust.File) error { return f.Secret(to, "https://localhost:8702/secrets/mine") })
		}
		allows(t, func(f trust.File) error { return f.Notify(host) })
	}
	allows(t, func(f trust.File) error { return f.NotifySecret("https://localhost:8702/secrets/oncall") })
	for _, container := range []string{"https://shop.blob.core.windows.net/exports", "https://127.0.0.1:10000/devstoreaccount1/exports"} {
		allows(t, func(f trust.File) error { return f.Container(container) })
	}
	allows(t, func(f trust.File) error { return f.TLS("require") })
	allows(t, func(f trust.File) error { return f.VaultID("another") })
	file := writeCertificate(t)
	allows(t, func(f trust.File) error { return f.RootCertificate(file) })
}
