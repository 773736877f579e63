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

// The files of several teams are applied in one run, and each keeps its owner.
func TestApplyOfSeveralFiles(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	url := localenvtest.Container(t)
	folder := t.TempDir()
	teams := filepath.Join(folder, "teams")
	require.NoError(t, os.Mkdir(teams, 0o700))
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	team := func(owner string, instances ...string) string {
		text := "owner: " + owner + "\ninstances:\n"
		for _, name := range instances {
			text += "  " + name + ": {server: {host: db}, database: d, signIn: {entra: {user: u}}, policy: daily}\n"
		}
		return text
	}
	apply := func(status int, args ...string) (out, errs string) {
		t.Helper()
		var did command
		require.Equal(t, status, did.run(t.Context(), append([]string{"apply"}, args...)...), did.errs.String())
		return strings.ReplaceAll(strings.ReplaceAll(did.out.String(), url, "URL"), folder+"/", ""), strings.ReplaceAll(did.errs.String(), folder+"/", "")
	}
	write("vault.yaml", "vault: {container: \""+url+"\", softDelete: {days: 30}}\npolicies:\n  daily: {schedule: {times: [\"02:00\"]}, retention: {Default: 30d}}\n")
	write("teams/shop.yaml", team("shop", "several/shop/a", "several/shop/b"))
	write("teams/books.yml", team("books", "several/books/a"))
	write("teams/.shop.yaml.swp", "no YAML: [")
	write("teams/.hidden.yaml", "no YAML: [")
	write("teams/README.md", "no YAML: [")
	all := []string{"-f", filepath.Join(folder, "vault.yaml"), "--file", teams}

	out, errs := apply(0, append(all, "--dry-run")...)
	require.Contains(t, errs, "vault.yaml: 0 instances\nteams/books.yml: 1 instance, owner books\nteams/shop.yaml: 2 instances, owner shop\n")
	for _, change := range []string{"vault URL: settings would be created", "instance several/books/a: would be created", "instance several/shop/b: would be created", "schedule backup/several/shop/a: would be created"} {
		require.Contains(t, out, change)
	}
	created, _ := apply(0, append(all, "-f", filepath.Join(teams, "shop.yaml"))...)
	require.Equal(t, strings.ReplaceAll(out, "would be ", ""), created, "a file that is named twice is read once")
	for name, owner := range map[string]string{"several/shop/a": "shop", "several/books/a": "books"} {
		stored, err := vaultOf(t, url).GetInstance(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, owner, stored.Owner)
	}
	again, _ := apply(0, all...)
	require.Equal(t, "Nothing to change.\n", again)

	// A team's instance that has left its file is paused if its file is applied, and
	// only then.
	write("teams/shop.yaml", team("shop", "several/shop/a"))
	out, _ = apply(0, "-f", filepath.Join(folder, "vault.yaml"), "-f", filepath.Join(teams, "books.yml"))
	require.Equal(t, "Nothing to change.\n", out)
	require.Eventually(t, func() bool {
		out, _ := apply(0, all...)
		return strings.Contains(out, "schedule backup/several/shop/b: paused")
	}, soon, look, "the server's list of schedules may be late")

	write("teams/books.yml", team("books", "several/books/a", "several/shop/b"))
	_, errs = apply(2, all...)
	require.Contains(t, errs, "instance several/shop/b belongs to the owner shop, and the file's owner is books (teams/books.yml, line 4)")
	write("teams/books.yml", team("books", "several/books/a", "several/shop/a"))
	_, errs = apply(1, all...)
	require.Contains(t, errs, "teams/shop.yaml\nline 3, column 3: instances.several/shop/a: stands in teams/books.yml too, line 4; remove one of them")

	require.NoError(t, os.Mkdir(filepath.Join(folder, "empty"), 0o700))
	_, errs = apply(1, "-f", filepath.Join(folder, "empty"))
	require.Contains(t, errs, "directory empty has no *.yaml or *.yml file")
}
