package cli_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A vault may have a thousand instances: the state of each takes one request,
// and an instance that fails does not prevent the others from being written.
func TestApplyOfManyInstances(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	storage, url, _ := localenvtest.Immutable(t)
	var names []string
	want := "vault URL: settings created\n"
	for i := range 30 {
		names = append(names, fmt.Sprintf("shop/db%02d", i))
		if i != 3 && i != 20 {
			want += "instance " + names[i] + ": created\n"
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
		"instance shop/db03: created\ninstance shop/db20: created\nschedule sweep: created\nschedule backup/shop/db00: created\nschedule backup/shop/db01: created\n"),
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

// No file can withdraw a permanent promise of a vault.
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
	_, err := vaultOf(t, url).PutInstance(t.Context(), instance.Instance{Name: "recorded"})
	require.NoError(t, err)
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
	for since, listed := range map[string]bool{"5h": false, "47h": false, "49h": true} {
		var hours command
		require.Zero(t, hours.run(t.Context(), "jobs", "--instance", "recorded", "--since", since, "--vault", url), hours.errs.String())
		require.Equal(t, listed, strings.Contains(hours.out.String(), "recorded-1"), since)
	}
}

func TestPointsOfNothing(t *testing.T) {
	t.Parallel()
	url := localenvtest.Container(t)
	var c command
	require.Zero(t, c.run(t.Context(), "points", "--vault", url, "-o", "json"), c.errs.String())
	require.JSONEq(t, `{"points": []}`, c.out.String())
	var unknown command
	require.Equal(t, 2, unknown.run(t.Context(), "points", "no/such", "--vault", url))
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
