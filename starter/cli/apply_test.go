package cli_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/vault"
)

// pgvaultYAML is a file with the instances named.
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
	container, err := blobstore.Open(url, credential, blobstore.Options{})
	require.NoError(t, err)
	return container
}

// noNet is what apply says of Azurite, which has neither.
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
	require.Equal(t, `vault URL: settings written
instance applied/a: written
instance fine: written
schedule sweep: created
schedule backup/applied/a: created
schedule backup/fine: created
`, apply("fine", "applied/a"))
	require.Equal(t, "Nothing to change.\n", apply("applied/a", "fine"))
	var out string
	require.Eventually(t, func() bool {
		out = apply("fine")
		return out != "Nothing to change.\n"
	}, soon, look, "the server's list of schedules may be late")
	require.Equal(t, "schedule backup/applied/a: paused, since it is not in the file any more; its recovery points stay\n", out)
	require.Equal(t, "schedule backup/applied/a: resumed\n", apply("fine", "applied/a"))

	// A person's pause is kept, and said.
	require.NoError(t, c.ScheduleClient().GetHandle(t.Context(), "backup/fine").Pause(t.Context(), client.SchedulePauseOptions{Note: "moving"}))
	var paused command
	require.Zero(t, paused.run(t.Context(), "apply", "-f", pgvaultYAML(t, url, "fine", "applied/a")))
	require.Contains(t, paused.errs.String(), "schedule backup/fine is paused (moving) and stays so")

	// A rule that has nothing to fall back on is noted, and no more than that.
	file := pgvaultYAML(t, url, "fine", "applied/a")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text = bytes.Replace(text, []byte("{Default: 30d}"), []byte("{Default: 30d, Sunday: {priority: 30, daysOfWeek: [Sun], standard: 12w}}"), 1)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	var noted command
	require.Zero(t, noted.run(t.Context(), "apply", "-f", file), noted.errs.String())
	require.Contains(t, noted.errs.String(), "\nNote: policy p, rule Sunday: where the one backup of its days fails, that week has no point under it. Give it firstOf: week ")

	// So are schedules that have a time in common.
	text = bytes.Replace(text, []byte(`schedule: {times: ["02:00"]}`),
		[]byte(`schedules: [{times: ["02:00"], days: [Mon]}, {times: ["02:00"], days: [Thu]}, {times: ["04:00"], timeZone: Europe/Berlin}]`), 1)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	var coincide command
	require.Zero(t, coincide.run(t.Context(), "apply", "-f", file), coincide.errs.String())
	require.Regexp(t, `Note: policy p: schedules 1 and 3 both start at 20\d\d-\d\d-\d\dT02:00:00Z`, coincide.errs.String())
	require.Regexp(t, `Note: policy p: schedules 2 and 3 both start at 20\d\d-\d\d-\d\dT02:00:00Z`, coincide.errs.String())
	require.NotContains(t, coincide.errs.String(), "schedules 1 and 2")

	// Workers of another vault would do nothing of this.
	other := command{env: map[string]string{"PGVAULT_VAULT": url + "2"}}
	require.Zero(t, other.run(t.Context(), "apply", "-f", pgvaultYAML(t, url, "fine", "applied/a")))
	require.Contains(t, other.errs.String(), "PGVAULT_VAULT names another vault here")

	// Without a name, all instances of the vault are validated.
	all := command{env: map[string]string{"PGVAULT_VAULT": url}}
	require.Equal(t, 1, all.run(t.Context(), "validate"), all.errs.String())
	require.Contains(t, all.out.String(), "applied/a: 2 findings")
	require.Contains(t, all.out.String(), "fine: all checks passed")
}

// namespace is held by the test whose vault the server's schedules belong to.
var namespace sync.Mutex

// namespaceForOneVault waits until no other test's vault has the namespace, and
// leaves it without schedules.
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
				// The list may be late, and name one that is gone.
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

// A vault may have a thousand instances: one request tells what stands in the
// vault for each, and one instance that fails keeps no other from being written.
func TestApplyOfManyInstances(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	storage, url, _ := localenvtest.Immutable(t)
	var names []string
	want := "vault URL: settings written\n"
	for i := range 30 {
		names = append(names, fmt.Sprintf("shop/db%02d", i))
		if i != 3 && i != 20 {
			want += "instance " + names[i] + ": written\n"
		}
	}
	file := pgvaultYAML(t, url, names...)
	undo := storage.Forbid(func(r *http.Request) bool {
		return r.Method == http.MethodPut && (strings.Contains(r.URL.Path, "/db03/") || strings.Contains(r.URL.Path, "/db20/"))
	})
	var failed command
	require.Equal(t, 1, failed.run(t.Context(), "apply", "-f", file))
	require.Equal(t, want, strings.ReplaceAll(failed.out.String(), url, "URL"))
	require.Regexp(t, `(?s)^pgvault: instance shop/db03: .*\ninstance shop/db20: `, failed.errs.String())
	undo()

	var mended command
	require.Zero(t, mended.run(t.Context(), "apply", "-f", file), mended.errs.String())
	require.True(t, strings.HasPrefix(mended.out.String(),
		"instance shop/db03: written\ninstance shop/db20: written\nschedule sweep: created\nschedule backup/shop/db00: created\nschedule backup/shop/db01: created\n"),
		mended.out.String())

	var asked atomic.Int64
	storage.Forbid(func(r *http.Request) bool {
		if strings.Contains(r.URL.Path+r.URL.Query().Get("prefix"), "instances/shop/") {
			asked.Add(1)
		}
		return false
	})
	var again command
	require.Zero(t, again.run(t.Context(), "apply", "-f", file), again.errs.String())
	require.Equal(t, "Nothing to change.\n", again.out.String())
	require.EqualValues(t, len(names), asked.Load())
}

// What a vault promises forever, no file takes back.
func TestApplyKeepsWhatIsAlwaysOn(t *testing.T) {
	t.Parallel()
	namespaceForOneVault(t, server(t))
	url := localenvtest.Container(t)
	file := pgvaultYAML(t, url, "kept")
	with := func(softDelete string) string {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		path := filepath.Join(t.TempDir(), "pgvault.yaml")
		changed := strings.Replace(string(content), url+"}", url+", softDelete: "+softDelete+"}", 1)
		require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
		return path
	}
	_, err := vaultOf(t, url).PutSettings(t.Context(), instance.VaultSettings{Container: url, SoftDelete: instance.SoftDelete{Days: 30, AlwaysOn: true}}, "")
	require.NoError(t, err)
	for _, weaker := range []string{file, with("off"), with("{days: 180}"), with("{days: 30, alwaysOn: false}")} {
		var did command
		require.Equal(t, 1, did.run(t.Context(), "apply", "-f", weaker), did.out.String())
		require.Contains(t, did.errs.String(), "is always on, which cannot be taken back")
		require.Empty(t, did.out.String(), "nothing is changed")
	}
	settings, err := vaultOf(t, url).GetSettings(t.Context())
	require.NoError(t, err)
	require.True(t, settings.SoftDelete.AlwaysOn)
	require.False(t, settings.SoftDelete.Weakens(instance.SoftDelete{Days: 14, AlwaysOn: true}), "the days may change")
}

func TestJobsReadsOnInTheVault(t *testing.T) {
	t.Parallel()
	server(t)
	url := localenvtest.Container(t)
	ended := time.Now().Add(-48 * time.Hour).UTC().Truncate(time.Second)
	for _, r := range []jobs.Record{
		{ID: "backup/recorded-1", RunID: "1", Operation: jobs.TypeBackup, Instance: "recorded", Point: "p", Started: ended.Add(-90 * time.Second), Ended: ended, Outcome: "completed", Trigger: "schedule"},
		{ID: "backup/recorded-2", RunID: "2", Operation: jobs.TypeBackup, Instance: "recorded", Started: ended, Ended: ended.Add(time.Second), Outcome: "failed", Code: "UserErrorDBNotFound", Trigger: "schedule"},
		{ID: "backup/recorded-3", RunID: "3", Operation: jobs.TypeBackup, Instance: "another", Started: ended, Ended: ended, Outcome: "failed", Trigger: "schedule"},
	} {
		require.NoError(t, vaultOf(t, url).PutJob(t.Context(), r))
	}
	var c command
	require.Zero(t, c.run(t.Context(), "jobs", "--instance", "recorded", "--vault", url), c.errs.String())
	lines := strings.Split(c.out.String(), "\n")
	require.Len(t, lines, 4)
	require.Regexp(t, `^JOB\s+OPERATION\s+STATUS\s+CODE\s+STARTED\s+TOOK\s+POINT$`, lines[0])
	require.Regexp(t, `^backup/recorded-2\s+Backup\s+failed\s+UserErrorDBNotFound\s+.{20}\s+1s\s+-$`, lines[1])
	require.Regexp(t, `^backup/recorded-1\s+Backup\s+completed\s+-\s+.{20}\s+1m30s\s+p$`, lines[2])

	var failed command
	require.Zero(t, failed.run(t.Context(), "jobs", "--instance", "recorded", "--failed", "--vault", url))
	require.NotContains(t, failed.out.String(), "recorded-1")
	var recent command
	require.Zero(t, recent.run(t.Context(), "jobs", "--instance", "recorded", "--since", "1d", "--vault", url))
	require.NotContains(t, recent.out.String(), "recorded-1")
}

func TestPointsOfNothing(t *testing.T) {
	t.Parallel()
	url := localenvtest.Container(t)
	var c command
	require.Zero(t, c.run(t.Context(), "points", "--vault", url, "-o", "json"), c.errs.String())
	require.Equal(t, "[]\n", c.out.String())
	var unknown command
	require.Equal(t, 1, unknown.run(t.Context(), "points", "no/such", "--vault", url))
	require.Contains(t, unknown.errs.String(), "UserErrorBackupInstanceNotFound")
}

func TestApplyTriesImmutability(t *testing.T) {
	t.Parallel()
	namespaceForOneVault(t, server(t))
	storage, url, _ := localenvtest.Immutable(t)
	file := func(container, immutability string) string {
		path := pgvaultYAML(t, container, "a")
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		content = []byte(strings.Replace(string(content), "container: "+container, "container: "+container+", immutability: "+immutability, 1))
		require.NoError(t, os.WriteFile(path, content, 0o600))
		return path
	}
	apply := func(container, immutability string) (int, string) {
		var c command
		code := c.run(t.Context(), "apply", "-f", file(container, immutability))
		return code, c.errs.String()
	}
	code, said := apply(localenvtest.Container(t), "locked")
	require.Equal(t, 1, code)
	require.Contains(t, said, "UserErrorImmutabilityNotSupported")
	require.Contains(t, said, "migrate-vlw")

	undo := storage.Forbid(func(r *http.Request) bool { return r.URL.Query().Get("comp") == "immutabilityPolicies" })
	code, said = apply(url, "unlocked")
	require.Equal(t, 1, code)
	require.Contains(t, said, "UserErrorMissingImmutabilityPermissions")
	require.Contains(t, said, "immutableStorage/runAsSuperUser/action")
	_, err := vaultOf(t, url).GetSettings(t.Context())
	require.Error(t, err, "nothing was written")
	undo()

	for _, immutability := range []string{"unlocked", "disabled", "locked"} {
		code, said = apply(url, immutability)
		require.Zero(t, code, said)
	}
	storage.Forbid(func(r *http.Request) bool { return r.URL.Query().Get("comp") == "immutabilityPolicies" })
	code, said = apply(url, "locked")
	require.Zero(t, code, "it is tried when it is new: %s", said)
	for _, immutability := range []string{"unlocked", "disabled"} {
		code, said = apply(url, immutability)
		require.Equal(t, 1, code)
		require.Contains(t, said, "cannot be taken back")
	}
}
