package trust_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/trust"
)

// Each testdata/*.yaml has a file with its mistakes beside it.
func TestMistakes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		_, err = trust.Parse(text, "trust.yaml")
		var f *failure.Error
		require.ErrorAs(t, err, &f, file)
		require.Equal(t, failure.InvalidConfiguration, f.Code)
		require.NotEmpty(t, f.Action)
		require.NotEmpty(t, f.Findings)
		require.NotContains(t, f.Message, "c4n4ry")
		golden(t, strings.TrimSuffix(file, ".yaml")+".err", f.Message+"\n")
	}
}

const example = "../../docs/trust.example.yaml"

// docs/AZURE.md contains the file of a deployment with one identity per role.
func TestExampleOfADeployment(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/AZURE.md")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(page), "```yaml\n# /etc/pgvault/trust.yaml")
	require.True(t, found)
	text, _, _ := strings.Cut(rest, "```")
	f := parse(t, "#"+text)
	const shop, books, scratch = "shop.postgres.database.azure.com", "books.postgres.database.azure.com", "scratch.postgres.database.azure.com"
	require.NoError(t, f.Password(trust.Destination{Use: trust.Backup, Host: shop}, "https://contoso.vault.azure.net/secrets/shop-orders", ""))
	require.NoError(t, f.EntraToken(trust.Destination{Use: trust.Backup, Host: books}))
	require.NoError(t, f.EntraToken(trust.Destination{Use: trust.Restore, Host: scratch}))
	require.NoError(t, f.Password(trust.Destination{Use: trust.Restore, Host: scratch}, "https://contoso-restore.vault.azure.net/secrets/any", ""))
	for _, host := range []string{shop, books} {
		requireRefused(t, f.Server(trust.Destination{Use: trust.Restore, Host: host, InstanceHost: host}), host)
	}
	requireRefused(t, f.Server(trust.Destination{Use: trust.Backup, Host: scratch}))
	require.NoError(t, f.Container("https://contosoexports.blob.core.windows.net/files"))
	require.Equal(t, trust.Storage{Versions: true, SoftDeleteDays: 14}, f.Storage())
	require.Equal(t, instance.Unlocked, f.Immutability(instance.Disabled))
}

func TestExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	f := parse(t, string(text))
	require.Equal(t, "/etc/pgvault/trust.yaml", f.Name())
	sum := sha256.Sum256(text)
	require.Equal(t, hex.EncodeToString(sum[:]), f.Hash())

	shop := trust.Destination{Use: trust.Backup, Host: "shop.postgres.database.azure.com"}
	scratch := trust.Destination{Use: trust.Drill, Host: "scratch.postgres.database.azure.com"}
	require.NoError(t, f.Password(shop, "https://contoso.vault.azure.net/secrets/shop-orders", ""))
	require.NoError(t, f.EntraToken(shop))
	require.NoError(t, f.Password(scratch, "https://contoso-restore.vault.azure.net/secrets/any", ""))
	requireRefused(t, f.Password(scratch, "https://contoso.vault.azure.net/secrets/shop-orders", ""))
	require.NoError(t, f.Container("https://contosoexports.blob.core.windows.net/orders"))
	require.NoError(t, f.Notify("hooks.example.com"))
	require.NoError(t, f.VaultID("5d0c7e1b"))
	require.Equal(t, trust.Storage{Versions: true, SoftDeleteDays: 14}, f.Storage())

	day := func(text string) time.Time {
		parsed, err := time.Parse(time.DateOnly, text)
		require.NoError(t, err)
		return parsed
	}
	keys := f.Signatures()
	require.Equal(t, trust.Signatures{
		Required:  true,
		Manifests: []trust.Key{{ID: "pgvault-manifest/3f2a", File: "manifest-2026.pem", From: day("2026-12-01"), Until: day("2031-12-01")}},
		Evidence:  []trust.Key{{ID: "pgvault-evidence/91bc", File: "evidence-2026.pem", From: day("2026-12-01"), Revoked: day("2027-06-30")}},
		Copied:    []time.Time{day("2026-12-24")},
	}, keys)
	keys.Manifests[0].ID, keys.Copied[0] = "changed", time.Time{}
	require.Equal(t, "pgvault-manifest/3f2a", f.Signatures().Manifests[0].ID, "a file is immutable")
	require.Equal(t, day("2026-12-24"), f.Signatures().Copied[0])
}

func TestLimitsOfSize(t *testing.T) {
	t.Parallel()
	_, err := trust.Parse(append([]byte("notify: [a]\n#"), make([]byte, 1<<20)...), "trust.yaml")
	require.ErrorContains(t, err, "at most 1048576 are read")
	var text strings.Builder
	text.WriteString("notify:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "  - host%d.example.com\n", i)
	}
	require.NoError(t, parse(t, text.String()).Notify("host999.example.com"))
	text.WriteString("  - one-more.example.com\n")
	_, err = trust.Parse([]byte(text.String()), "trust.yaml")
	require.ErrorContains(t, err, "line 2, column 3: notify: has 1001 hosts, and at most 1000 are read")
}
