package cli_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A namespace serves one vault. Another vault is refused before anything is
// written, and so is a job for it. A copy of the vault counts as the same
// vault.
func TestANamespaceServesOneVault(t *testing.T) {
	t.Parallel()
	c := server(t)
	namespaceForOneVault(t, c)
	url, other := localenvtest.Container(t), localenvtest.Container(t)
	apply := func(container string) (int, string) {
		var did command
		code := did.run(t.Context(), "apply", "-f", pgvaultYAML(t, container, "owned"))
		return code, did.errs.String()
	}
	code, said := apply(url)
	require.Zero(t, code, said)
	id, err := vaultOf(t, url).ID(t.Context())
	require.NoError(t, err)
	owner, err := temporalx.NamespaceOwner(t.Context(), c)
	require.NoError(t, err)
	require.Equal(t, temporalx.Owner{ID: id, URL: url}, owner)

	t.Run("another is refused", func(t *testing.T) {
		code, said := apply(other)
		require.Equal(t, 1, code)
		require.Contains(t, said, "UserErrorNamespaceOfAnotherVault: Temporal namespace \"default\" belongs to vault "+id+" ("+url+"); this is vault "+other)
		require.Contains(t, said, "TEMPORAL_NAMESPACE")
		_, err := vaultOf(t, other).GetSettings(t.Context())
		require.Error(t, err, "nothing is written")
	})
	t.Run("and so are its jobs", func(t *testing.T) {
		_, err := vaultOf(t, other).PutSettings(t.Context(), instance.VaultSettings{Container: other}, "the-other")
		require.NoError(t, err)
		for _, args := range [][]string{{"backup", "good"}, {"sweep"}, {"validate", "fine"}, {"rerun", "backup/x"}, {"stop", "a", "--retain-forever"}} {
			stranger := command{env: map[string]string{"PGVAULT_VAULT": other}}
			require.Equal(t, 1, stranger.run(t.Context(), args...))
			require.Contains(t, stranger.errs.String(), "this is vault the-other ("+other+")")
			require.Empty(t, stranger.out.String())
		}
		_, err = vaultOf(t, url).PutInstance(t.Context(), instance.Instance{Name: "good"})
		require.NoError(t, err)
		for _, env := range []map[string]string{nil, {"PGVAULT_VAULT": url}} {
			ours := command{env: env}
			require.Zero(t, ours.run(t.Context(), "backup", "good", "--wait"), ours.errs.String())
			job, _, _ := strings.Cut(ours.out.String(), "\n")
			found, err := c.DescribeWorkflowExecution(t.Context(), job, "")
			require.NoError(t, err)
			require.Contains(t, string(found.GetWorkflowExecutionInfo().GetMemo().GetFields()["pgvaultVault"].GetData()), id)
		}
	})
	t.Run("a vault that lost its settings is known", func(t *testing.T) {
		require.NoError(t, containerOf(t, url).Delete(t.Context(), "vault.json"))
		code, said := apply(url)
		require.Zero(t, code, said)
		again, err := vaultOf(t, url).ID(t.Context())
		require.NoError(t, err)
		require.Equal(t, id, again)
	})
	t.Run("a vault whose settings are damaged is known", func(t *testing.T) {
		for _, damaged := range []string{"", `{"id": "`, "{}", "[]"} {
			_, err := containerOf(t, url).Put(t.Context(), "vault.json", []byte(damaged), nil)
			require.NoError(t, err)
			code, said := apply(url)
			require.Zero(t, code, said)
			again, err := vaultOf(t, url).ID(t.Context())
			require.NoError(t, err)
			require.Equal(t, id, again)
		}
	})
	t.Run("a copy goes on", func(t *testing.T) {
		content, _, err := containerOf(t, url).Get(t.Context(), "vault.json", 1<<20)
		require.NoError(t, err)
		_, err = containerOf(t, other).Put(t.Context(), "vault.json", content, nil)
		require.NoError(t, err)
		code, said := apply(other)
		require.Zero(t, code, said)
		owner, err := temporalx.NamespaceOwner(t.Context(), c)
		require.NoError(t, err)
		require.Equal(t, temporalx.Owner{ID: id, URL: other}, owner)
		before := command{env: map[string]string{"PGVAULT_VAULT": url}}
		require.Zero(t, before.run(t.Context(), "backup", "good", "--wait"), before.errs.String())
	})
}
