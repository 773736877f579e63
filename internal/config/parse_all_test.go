package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
)

const (
	vaultPart    = "vault: {container: https://a.blob.core.windows.net/vault, softDelete: {days: 30}}\n"
	policiesPart = `policies:
  daily:
    schedule: {times: ["02:00"]}
    retention: {Default: 30d}
`
)

// instancesPart returns a part with instances of the policy daily.
func instancesPart(owner string, names ...string) string {
	text := ""
	if owner != "" {
		text = "owner: " + owner + "\n"
	}
	text += "instances:\n"
	for _, name := range names {
		text += "  " + name + ": {server: {host: db}, database: d, signIn: {entra: {user: u}}, policy: daily}\n"
	}
	return text
}

func sources(files ...string) (all []config.Source) {
	for i, file := range files {
		all = append(all, config.Source{Name: string(rune('a'+i)) + ".yaml", Data: []byte(file)})
	}
	return all
}

func TestSeveralFilesAreOneConfiguration(t *testing.T) {
	t.Parallel()
	file, err := config.ParseAll(sources(instancesPart("shop", "shop/b", "shop/a"), vaultPart, policiesPart, instancesPart("books", "books/a")))
	require.NoError(t, err)
	require.Equal(t, []string{"shop", "", "", "books"}, file.Owners)
	require.True(t, file.Of("books") && file.Of("") && !file.Of("others") && file.Owned())
	require.True(t, file.HasSettings)
	require.Equal(t, 30, file.Vault.SoftDelete.Days)
	require.Equal(t, "https://a.blob.core.windows.net/vault", file.Vault.Container)
	require.Empty(t, file.Owner, "the settings' file has none")
	require.Len(t, file.Instances, 3)
	for i, want := range []struct{ name, owner, place string }{{"books/a", "books", "d.yaml, line 3"}, {"shop/a", "shop", "a.yaml, line 4"}, {"shop/b", "shop", "a.yaml, line 3"}} {
		found := file.Instances[i]
		require.Equal(t, want.name, found.Name)
		require.Equal(t, want.owner, found.Owner)
		require.Equal(t, "daily", found.Policy.Name)
		require.NotEmpty(t, found.Policy.Schedules)
		require.Equal(t, want.place, file.Places[found.Name].String())
	}

	// The settings may stand in the file of an owner, and others may name the container.
	file, err = config.ParseAll(sources("vault: {container: https://a.blob.core.windows.net/vault}\n"+policiesPart, "owner: shop\n"+vaultPart+instancesPart("", "shop/a")))
	require.NoError(t, err)
	require.Equal(t, "shop", file.Owner)
	require.Equal(t, 30, file.Vault.SoftDelete.Days)
}

func TestWhatSeveralFilesContradictEachOtherIn(t *testing.T) {
	t.Parallel()
	for want, files := range map[string][]string{
		"b.yaml\nline 2, column 3: instances.shop/a: stands in a.yaml too, line 9; remove one of them":                                                                 {vaultPart + policiesPart + "\n" + instancesPart("", "shop/b", "shop/a"), instancesPart("", "shop/a")},
		"b.yaml\nline 2, column 3: policies.daily: stands in a.yaml too, line 3; remove one of them":                                                                   {vaultPart + policiesPart, policiesPart, instancesPart("", "a")},
		"b.yaml\nline 1, column 9: vault: settings of the vault stand in a.yaml too, line 1; keep all of them in one file":                                             {vaultPart + policiesPart, vaultPart + instancesPart("", "a")},
		"b.yaml\nline 2, column 2: vault: settings of the vault stand in a.yaml too, line 1":                                                                           {vaultPart + policiesPart, "notifications:\n - {name: n, url: https://n.example}\n" + instancesPart("", "a")},
		"c.yaml\nline 1, column 9: vault.container: is not that of a.yaml (https://a.blob.core.windows.net/vault)":                                                     {vaultPart + policiesPart, instancesPart("", "a"), "vault: {container: https://b.blob.core.windows.net/vault}"},
		"a.yaml\nline 1, column 1: vault: missing in all files; add it to one":                                                                                         {policiesPart, instancesPart("", "a")},
		"a.yaml\nline 2, column 76: instances.a.policy: there is no policy \"daily\"; did you mean \"daly\"?":                                                          {instancesPart("", "a"), vaultPart + strings.Replace(policiesPart, "daily", "daly", 1)},
		"a.yaml\nline 1, column 1: b: unknown field; the fields here are owner, vault, policies, instances, notifications\nb.yaml\nline 1, column 1: c: unknown field": {"b: 1\n" + vaultPart, "c: 1\n" + policiesPart + instancesPart("", "a")},
	} {
		_, err := config.ParseAll(sources(files...))
		var f *failure.Error
		require.True(t, errors.As(err, &f), want)
		require.Equal(t, failure.InvalidConfiguration, f.Code)
		require.Contains(t, f.Message, want)
		for _, finding := range f.Findings {
			require.Regexp(t, `^[a-c]\.yaml, line \d+, column \d+: `, finding.Message)
		}
	}

	// Nothing is said to be missing that a file which cannot be read may have.
	_, err := config.ParseAll(sources(instancesPart("", "a"), vaultPart, policiesPart+"  x: ["))
	require.ErrorContains(t, err, "c.yaml\nline ")
	require.NotContains(t, err.Error(), "there is no policy")
}
