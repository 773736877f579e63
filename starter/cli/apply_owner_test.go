package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// Two teams have a file each for one vault.
func TestApplyOfSeveralOwners(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	url := localenvtest.Container(t)
	file := func(owner, settings string, instances ...string) string {
		content, err := os.ReadFile(pgvaultYAML(t, url, instances...))
		require.NoError(t, err)
		text := strings.Replace(string(content), "container: "+url, "container: "+url+settings, 1)
		if owner != "" {
			text = "owner: " + owner + "\n" + text
		}
		path := filepath.Join(t.TempDir(), "pgvault.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	apply := func(status int, args ...string) (out, errs string) {
		t.Helper()
		var did command
		require.Equal(t, status, did.run(t.Context(), append([]string{"apply", "-f"}, args...)...), did.errs.String())
		return strings.ReplaceAll(did.out.String(), url, "URL"), did.errs.String()
	}
	running := func(instance string) bool {
		t.Helper()
		found, err := c.ScheduleClient().GetHandle(t.Context(), "backup/"+instance).Describe(t.Context())
		require.NoError(t, err)
		return !found.Schedule.State.Paused
	}
	settingsOfShop := ", softDelete: {days: 30}"
	out, _ := apply(0, file("shop", settingsOfShop, "shop/a", "shop/b"))
	require.Contains(t, out, "schedule backup/shop/b: created\n")
	out, _ = apply(0, file("books", "", "books/a"))
	require.Equal(t, "instance books/a: created\nschedule backup/books/a: created\n", out)
	settings, err := vaultOf(t, url).GetSettings(t.Context())
	require.NoError(t, err)
	require.Equal(t, 30, settings.SoftDelete.Days, "the other file has no settings")
	require.Equal(t, "shop", settings.Owner)
	require.True(t, running("shop/a") && running("shop/b"))

	// Nobody names what is another's, whichever way.
	for _, theirs := range []string{file("books", "", "books/a", "shop/a"), file("", "", "shop/a")} {
		out, errs := apply(2, theirs)
		require.Empty(t, out)
		require.Contains(t, errs, "instance shop/a belongs to the owner shop")
		require.Contains(t, errs, "--take-over shop")
	}
	out, errs := apply(2, file("books", ", patience: 2h", "books/a"))
	require.Empty(t, out)
	require.Contains(t, errs, "the settings of vault "+url+" belong to the owner shop")

	// An owner's own instance that has left the file is paused, and nobody else's.
	require.Eventually(t, func() bool {
		out, _ := apply(0, file("shop", settingsOfShop, "shop/a"))
		return strings.Contains(out, "schedule backup/shop/b: paused")
	}, soon, look, "the server's list of schedules may be late")
	require.True(t, running("shop/a") && running("books/a"))
	out, _ = apply(0, file("", "", "free"))
	require.Equal(t, "instance free: created\nschedule backup/free: created\n", out)
	require.True(t, running("shop/a") && running("books/a"))

	out, _ = apply(0, file("books", "", "books/a", "shop/a", "free"), "--take-over", "shop")
	require.Contains(t, out, "instance shop/a: updated (owner)\n")
	require.Contains(t, out, "instance free: updated (owner)\n")
	_, errs = apply(2, file("shop", settingsOfShop, "shop/a"))
	require.Contains(t, errs, "belongs to the owner books")
	_, errs = apply(1, file("Shop", "", "shop/a"))
	require.Contains(t, errs, `"Shop" cannot name an owner`)
}
