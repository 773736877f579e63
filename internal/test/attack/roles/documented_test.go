package roles_test

import (
	"encoding/json"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rights are what a role definition permits.
type rights struct {
	Name        string
	Actions     []string
	DataActions []string
}

const (
	blobServices = "Microsoft.Storage/storageAccounts/blobServices/"
	containers   = blobServices + "containers/"
	blobs        = containers + "blobs/"
)

// builtin are Azure's own roles, as its documentation lists them.
var builtin = []rights{
	{
		Name:        "Storage Blob Data Contributor",
		Actions:     []string{containers + "delete", containers + "read", containers + "write", blobServices + "generateUserDelegationKey/action"},
		DataActions: []string{blobs + "delete", blobs + "read", blobs + "write", blobs + "move/action", blobs + "add/action"},
	},
	{
		Name:        "Key Vault Secrets User",
		DataActions: []string{"Microsoft.KeyVault/vaults/secrets/getSecret/action", "Microsoft.KeyVault/vaults/secrets/readMetadata/action"},
	},
	{
		Name:        "Storage Blob Data Reader",
		Actions:     []string{containers + "read", blobServices + "generateUserDelegationKey/action"},
		DataActions: []string{blobs + "read"},
	},
}

// permits reports whether the role has one of the actions.
func (r rights) permits(actions ...string) bool {
	return slices.ContainsFunc(actions, func(action string) bool {
		if strings.HasPrefix(action, blobs) {
			return slices.Contains(r.DataActions, action)
		}
		return slices.Contains(r.Actions, action)
	})
}

var (
	// substitution is a value that the shell puts into a definition.
	substitution = regexp.MustCompile(`'"\$\([^)]*\)"'`)
	loop         = regexp.MustCompile(`(?s)for id in ([^;]+); do\n(.*?)done`)
	definition   = regexp.MustCompile(`(?s)az role definition create --role-definition '(\{.*?\})'`)
	assignment   = regexp.MustCompile(`az role assignment create --role "([^"]+)" --scope "[^\n]*" \\\n\s+--assignee-object-id "\$(BACKUP|RESTORE|PRUNE|WATCH)_PRINCIPAL_ID"`)
)

// documented returns the rights of the identities backup, restore, prune and
// watch, as docs/AZURE.md assigns them.
func documented(t *testing.T) map[string]rights {
	t.Helper()
	text, err := os.ReadFile(path.Join("..", "..", "..", "..", "docs", "AZURE.md"))
	require.NoError(t, err)
	known := slices.Clone(builtin)
	plain := unrolled(substitution.ReplaceAllString(string(text), "x"))
	for _, found := range definition.FindAllStringSubmatch(plain, -1) {
		var role rights
		require.NoError(t, json.Unmarshal([]byte(found[1]), &role), found[1])
		known = append(known, role)
	}
	assigned := map[string]rights{}
	for _, found := range assignment.FindAllStringSubmatch(plain, -1) {
		at := slices.IndexFunc(known, func(r rights) bool { return r.Name == found[1] })
		require.GreaterOrEqual(t, at, 0, "role %q is assigned and not defined", found[1])
		identity := strings.ToLower(found[2])
		all := assigned[identity]
		all.Name = identity
		all.Actions = slices.Concat(all.Actions, known[at].Actions)
		all.DataActions = slices.Concat(all.DataActions, known[at].DataActions)
		assigned[identity] = all
	}
	require.Len(t, assigned, 4)
	return assigned
}

// unrolled writes the commands of the document's loops one after the other.
func unrolled(text string) string {
	return loop.ReplaceAllStringFunc(text, func(found string) string {
		parts := loop.FindStringSubmatch(found)
		var all string
		for _, id := range strings.Fields(parts[1]) {
			all += strings.ReplaceAll(parts[2], `"$id"`, id)
		}
		return all
	})
}

// TestDocumentedRights compares the document's commands with its table of roles.
func TestDocumentedRights(t *testing.T) {
	t.Parallel()
	roles := documented(t)
	for identity, want := range map[string]struct{ read, write, remove, removeVersions, lock, removeContainer bool }{
		"backup":  {read: true, write: true, lock: true},
		"restore": {read: true, write: true},
		"prune":   {read: true, write: true, remove: true, removeVersions: true},
		"watch":   {read: true},
	} {
		role := roles[identity]
		require.Equal(t, want.read, role.permits(blobs+"read"), identity)
		require.Equal(t, want.write, role.permits(blobs+"write"), identity)
		require.Equal(t, want.remove, role.permits(blobs+"delete"), identity)
		require.Equal(t, want.removeVersions, role.permits(blobs+"deleteBlobVersion/action"), identity)
		require.Equal(t, want.lock, role.permits(blobs+"immutableStorage/runAsSuperUser/action"), identity)
		require.Equal(t, want.removeContainer, role.permits(containers+"delete"), "%s deletes the container", identity)
		require.False(t, role.permits(blobServices+"write"), "%s turns soft delete of the account off", identity)
		require.False(t, role.permits(blobs+"permanentDelete/action"), identity)
	}
}

// TestIdentitiesSeeWhatTheTrustFileDemands: a trust file may demand soft delete of the
// account. Workers of backup check it when they validate, and workers of prune before
// each sweep.
func TestIdentitiesSeeWhatTheTrustFileDemands(t *testing.T) {
	t.Parallel()
	roles := documented(t)
	require.True(t, roles["backup"].permits(blobServices+"read"))
	require.True(t, roles["prune"].permits(blobServices+"read"))
}
