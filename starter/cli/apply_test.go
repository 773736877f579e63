package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
)

// pgvaultYAML returns a file with the named instances.
func pgvaultYAML(t testing.TB, container string, instances ...string) string {
	t.Helper()
	lines := []string{
		"vault: {container: " + container + "}",
		"policies:",
		`  p: {schedule: {times: ["02:00"]}, retention: {Default: 30d}}`,
		"instances:",
	}
	for _, name := range instances {
		lines = append(lines, "  "+name+": {server: {host: db}, database: d, signIn: {entra: {user: u}}, policy: p}")
	}
	path := filepath.Join(t.TempDir(), "pgvault.yaml")
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return path
}

func vaultOf(t *testing.T, url string) *vault.Vault {
	t.Helper()
	return vault.New(containerOf(t, url))
}

func containerOf(t *testing.T, url string) *blobstore.Container {
	t.Helper()
	credential, err := azure.Credential()
	require.NoError(t, err)
	container, err := azureblob.Open(url, credential, azureblob.Options{})
	require.NoError(t, err)
	return container
}

// noNet is apply's warning about Azurite, which has neither versioning nor soft
// delete.
const noNet = "Warning: the storage account keeps no versions of blobs: what others overwrite is lost. docs/AZURE.md has the command.\n" +
	"Warning: the storage account has no soft delete for blobs: what others delete is lost. docs/AZURE.md has the command.\n"

// One test, since a namespace serves one vault.
func TestApply(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	url := localenvtest.Container(t)
	apply := func(instances ...string) string {
		t.Helper()
		var c command
		require.Zero(t, c.run(t.Context(), "apply", "-f", pgvaultYAML(t, url, instances...)), c.errs.String())
		require.Equal(t, noNet, c.errs.String())
		return strings.ReplaceAll(c.out.String(), url, "URL")
	}
	require.Equal(t, `vault URL: settings created
instance applied/a: created
instance fine: created
schedule sweep: created
schedule backup/applied/a: created
schedule backup/fine: created
schedule watch: created
`, apply("fine", "applied/a"))
	require.Equal(t, "Nothing to change.\n", apply("applied/a", "fine"))
	var out string
	require.Eventually(t, func() bool {
		out = apply("fine")
		return out != "Nothing to change.\n"
	}, soon, look, "the server's list of schedules may be late")
	require.Equal(t, "schedule backup/applied/a: paused, since it is not in the file any more; its recovery points stay\n", out)
	require.Equal(t, "schedule backup/applied/a: resumed\n", apply("fine", "applied/a"))

	// A person's pause is kept and reported.
	require.NoError(t, c.ScheduleClient().GetHandle(t.Context(), "backup/fine").Pause(t.Context(), client.SchedulePauseOptions{Note: "moving"}))
	var paused command
	require.Zero(t, paused.run(t.Context(), "apply", "-f", pgvaultYAML(t, url, "fine", "applied/a")))
	require.Contains(t, paused.errs.String(), "schedule backup/fine is paused (moving) and stays so")

	// A rule for which a single failed backup leaves a period without a point
	// is only noted.
	file := pgvaultYAML(t, url, "fine", "applied/a")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text = bytes.Replace(text, []byte("{Default: 30d}"), []byte("{Default: 30d, Sunday: {priority: 30, daysOfWeek: [Sun], standard: 12w}}"), 1)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	var noted command
	require.Zero(t, noted.run(t.Context(), "apply", "-f", file), noted.errs.String())
	require.Contains(t, noted.errs.String(), "\nNote: policy p, rule Sunday: where the one backup of its days fails, that week has no point under it. Give it firstOf: week ")

	// Schedules with a common time are noted too.
	text = bytes.Replace(text, []byte(`schedule: {times: ["02:00"]}`),
		[]byte(`schedules: [{times: ["02:00"], days: [Mon]}, {times: ["02:00"], days: [Thu]}, {times: ["04:00"], timeZone: Europe/Berlin}]`), 1)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	var coincide command
	require.Zero(t, coincide.run(t.Context(), "apply", "-f", file), coincide.errs.String())
	require.Regexp(t, `Note: policy p: schedules 1 and 3 both start at 20\d\d-\d\d-\d\dT02:00:00Z`, coincide.errs.String())
	require.Regexp(t, `Note: policy p: schedules 2 and 3 both start at 20\d\d-\d\d-\d\dT02:00:00Z`, coincide.errs.String())
	require.NotContains(t, coincide.errs.String(), "schedules 1 and 2")

	// Workers of another vault would refuse the jobs.
	other := command{env: map[string]string{"PGVAULT_VAULT": url + "2"}}
	require.Zero(t, other.run(t.Context(), "apply", "--prune", "-f", pgvaultYAML(t, url, "fine", "applied/a")))
	require.Contains(t, other.errs.String(), "PGVAULT_VAULT names another vault here")

	// Without a name, all instances of the vault are validated.
	all := command{env: map[string]string{"PGVAULT_VAULT": url}}
	require.Equal(t, 1, all.run(t.Context(), "validate"), all.errs.String())
	require.Contains(t, all.out.String(), "applied/a: 2 findings")
	require.Contains(t, all.out.String(), "fine: all checks passed")
}

// namespace is held by the test whose vault owns the server's schedules.
var namespace sync.Mutex

// namespaceForOneVault waits until no other test's vault has the namespace, and
// deletes its schedules afterwards.
func namespaceForOneVault(t testing.TB, c client.Client) {
	t.Helper()
	namespace.Lock()
	t.Cleanup(func() {
		defer namespace.Unlock()
		ctx := context.WithoutCancel(t.Context())
		require.Eventually(t, func() bool {
			list, err := c.ScheduleClient().List(ctx, client.ScheduleListOptions{})
			require.NoError(t, err)
			left := 0
			for ; list.HasNext(); left++ {
				schedule, err := list.Next()
				require.NoError(t, err)
				// The list may be outdated and name a deleted schedule.
				_ = c.ScheduleClient().GetHandle(ctx, schedule.ID).Delete(ctx)
			}
			return left == 0
		}, soon, look, "the schedules are deleted")
	})
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	server(t)
	url := localenvtest.Container(t)
	for _, c := range []struct{ file, says string }{
		{"/no/such/file.yaml", "/no/such/file.yaml"},
		{pgvaultYAML(t, url, "Bad Name"), "line 5, column 3"},
		{pgvaultYAML(t, url+"missing", "a"), "UserErrorContainerNotAccessible"},
	} {
		var did command
		require.Equal(t, 1, did.run(t.Context(), "apply", "-f", c.file), did.out.String())
		require.Contains(t, did.errs.String(), c.says)
		require.Contains(t, did.errs.String(), "To mend it:")
		require.Empty(t, did.out.String())
	}
}
