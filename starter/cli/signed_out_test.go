package cli_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// signedOut runs a command as a person who is not signed in to Azure.
func signedOut(t *testing.T, args ...string) (errs string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], args...)
	command.Env = []string{asCommand + "=1", "PATH=" + t.TempDir(), "HOME=" + t.TempDir(), "SSL_CERT_FILE=" + os.Getenv("SSL_CERT_FILE"),
		"PGVAULT_KEYVAULT_DISABLE_CHALLENGE_RESOURCE_VERIFICATION=true",
		"AZURE_TOKEN_CREDENTIALS=AzureCLICredential", // the machine of the tests may answer as a managed identity does
		"TEMPORAL_ADDRESS=" + os.Getenv("TEMPORAL_ADDRESS"),
	}
	var text strings.Builder
	command.Stderr = &text
	require.Error(t, command.Run())
	return text.String()
}

func TestAPersonWhoIsNotSignedInIsTold(t *testing.T) {
	t.Parallel()
	server(t)
	url := localenvtest.Container(t)
	keyVault := localenvtest.Azure(t).KeyVault.URL
	for _, args := range [][]string{
		{"points", "--vault", url},
		{"apply", "-f", pgvaultYAML(t, url, "a")},
		{"trust", "keys", "-f", writeTrustFile(t, "notify: [hooks.example.com]\n"), "--key", keyVault + "/keys/sign"},
	} {
		errs := signedOut(t, args...)
		require.Contains(t, errs, "you are not signed in to Azure, and this command uses your own sign-in, not a worker's", args[0])
		require.Contains(t, errs, "To mend it: sign in: az login", args[0])
		require.NotContains(t, errs, "give the worker", args[0])
	}
}
