package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A wrong file must not end the backups of others.
func TestApplyDropsManySchedulesOnRequestOnly(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	url := localenvtest.Container(t)
	running := func(names ...string) {
		t.Helper()
		for _, name := range names {
			found, err := c.ScheduleClient().GetHandle(t.Context(), "backup/"+name).Describe(t.Context())
			require.NoError(t, err)
			require.False(t, found.Schedule.State.Paused, name)
		}
	}
	var names []string
	for i := range 21 {
		names = append(names, fmt.Sprintf("shop/db%02d", i))
	}
	apply := func(args ...string) (int, *command) {
		var did command
		return did.run(t.Context(), append([]string{"apply"}, args...)...), &did
	}
	code, did := apply("-f", pgvaultYAML(t, url, names...))
	require.Zero(t, code, did.errs.String())
	require.Eventually(t, func() bool {
		listed := 0
		list, err := c.ScheduleClient().List(t.Context(), client.ScheduleListOptions{})
		require.NoError(t, err)
		for ; list.HasNext(); listed++ {
			_, err := list.Next()
			require.NoError(t, err)
		}
		return listed == len(names)+2
	}, soon, look, "the server's list of schedules may be late")

	// Another database altogether, and three of 21 left out.
	for left, file := range map[int]string{21: pgvaultYAML(t, url, "books"), 3: pgvaultYAML(t, url, names[3:]...)} {
		for _, args := range [][]string{{"-f", file}, {"-f", file, "--dry-run"}} {
			code, did := apply(args...)
			require.Equal(t, 2, code)
			require.Contains(t, did.errs.String(), fmt.Sprintf("nothing was changed, since %d of the 21 running schedules of backups", left))
			require.Contains(t, did.errs.String(), "\n  backup/shop/db00\n  backup/shop/db01\n  backup/shop/db02\n")
			require.Contains(t, did.errs.String(), "put them back into the file")
			require.Contains(t, did.errs.String(), "--prune")
			require.NotContains(t, did.errs.String(), "--help")
			require.Equal(t, len(args) == 3, strings.Contains(did.out.String(), "backup/shop/db00: would be paused"), "a dry run shows it: %s", did.out.String())
		}
	}
	running(names...)
	_, err := vaultOf(t, url).GetInstance(t.Context(), "books")
	require.Error(t, err, "not even the new instance was written")

	// Two of 21 are few enough.
	code, did = apply("-f", pgvaultYAML(t, url, names[2:]...))
	require.Zero(t, code, did.errs.String())
	require.Equal(t, 2, strings.Count(did.out.String(), ": paused, since it is not in the file any more"))
	running(names[2:]...)

	code, did = apply("-f", pgvaultYAML(t, url, names[20]), "--prune")
	require.Zero(t, code, did.errs.String())
	require.Equal(t, 18, strings.Count(did.out.String(), ": paused, since it is not in the file any more"))
	running(names[20])
	code, did = apply("-f", pgvaultYAML(t, url, "books"))
	require.Equal(t, 2, code, "the only one")
	require.Contains(t, did.errs.String(), "1 of the 1 running schedule of backups")
}

// A dry run shows what apply prints afterwards, and changes nothing.
func TestApplyDryRun(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	url := localenvtest.Container(t)
	file := pgvaultYAML(t, url, "a", "b")
	apply := func(args ...string) string {
		t.Helper()
		var did command
		require.Zero(t, did.run(t.Context(), append([]string{"apply", "-f", file}, args...)...), did.errs.String())
		return strings.ReplaceAll(did.out.String(), url, "URL")
	}
	for range 2 {
		require.Equal(t, `vault URL: settings would be created
instance a: would be created
instance b: would be created
schedule sweep: would be created
schedule backup/a: would be created
schedule backup/b: would be created
schedule watch: would be created
`, apply("--dry-run"))
	}
	_, err := vaultOf(t, url).GetSettings(t.Context())
	require.ErrorContains(t, err, "has no settings yet")
	_, err = c.ScheduleClient().GetHandle(t.Context(), "sweep").Describe(t.Context())
	require.Error(t, err)
	require.Contains(t, apply(), "schedule watch: created\n")

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	changed := string(text)
	for _, edit := range [][2]string{
		{"container: " + url, "container: " + url + ", softDelete: {days: 30}"},
		{`schedule: {times: ["02:00"]}`, `schedules: [{times: ["03:00"]}, {times: ["13:00"]}]`},
		{"  a: {server: {host: db}", "  a: {dump: {connections: 2}, server: {host: other}"},
	} {
		require.Contains(t, changed, edit[0])
		changed = strings.Replace(changed, edit[0], edit[1], 1)
	}
	require.NoError(t, os.WriteFile(file, []byte(changed), 0o600))
	want := `vault URL: settings would be updated (softDelete.days)
policy p: would be updated (schedules, of 2 instances)
instance a: would be updated (dump.connections, server.host, policy p)
instance b: would be updated (policy p)
schedule backup/a: would be updated (times, job)
schedule backup/a:2: would be created
schedule backup/b: would be updated (times, job)
schedule backup/b:2: would be created
`
	require.Equal(t, want, apply("--dry-run"))
	var document struct {
		DryRun  bool
		Vault   string
		Changes []map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(apply("--dry-run", "-o", "json")), &document))
	require.True(t, document.DryRun)
	require.Equal(t, "URL", document.Vault)
	require.Len(t, document.Changes, 8)
	require.Equal(t, map[string]string{"kind": "vault", "name": "URL", "change": "updated", "detail": "softDelete.days"}, document.Changes[0])
	require.Equal(t, map[string]string{"kind": "schedule", "name": "backup/b:2", "change": "created"}, document.Changes[7])
	require.Equal(t, strings.ReplaceAll(want, "would be ", ""), apply())
	require.Equal(t, "Nothing to change.\n", apply("--dry-run"))
	require.JSONEq(t, `{"dryRun": false, "vault": "URL", "changes": []}`, apply("-o", "json"))
}
