package vault_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// rewrite puts other content under a name, with the metadata that was there.
func (b bundle) rewrite(t *testing.T, name string, edit func(string) string) {
	t.Helper()
	content, blob, err := b.container.Get(t.Context(), name, 32<<20)
	require.NoError(t, err)
	_, err = b.container.Put(t.Context(), name, []byte(edit(string(content))), blob.Meta)
	require.NoError(t, err)
}

// damages are ways in which a JSON blob may have been damaged.
func damages() map[string]func(string) string {
	constant := func(text string) func(string) string { return func(string) string { return text } }
	return map[string]func(string) string{
		"empty": constant(""), "cut": func(s string) string { return s[:len(s)/2] }, "cut at its end": func(s string) string { return strings.TrimRight(s, "}\n") },
		"null": constant("null"), "an object without fields": constant("{}"), "a list": constant("[]"), "a number": constant("7"), "a text": constant(`"x"`),
		"zeros": func(s string) string { return strings.Repeat("\x00", len(s)) }, "XML": constant(`<?xml version="1.0"?><Error/>`),
		"too large": constant("{" + strings.Repeat(" ", 17<<20)),
	}
}

func TestDamagedSettingsAreNamedAndWrittenAgain(t *testing.T) {
	t.Parallel()
	edits := damages()
	edits["a negative number"] = func(s string) string { return strings.Replace(s, `"days": 30`, `"days": -30`, 1) }
	edits["a number of another type"] = func(s string) string { return strings.Replace(s, `"days": 30`, `"days": "30"`, 1) }
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			want := instance.VaultSettings{Container: b.URL(), SoftDelete: instance.SoftDelete{Days: 30}}
			_, err := b.PutSettings(t.Context(), want, "the-vault")
			require.NoError(t, err)
			b.rewrite(t, "vault.json", edit)

			_, err = b.GetSettings(t.Context())
			requireDamaged(t, err, failure.VaultDamaged, "vault.json", "pgvault apply")
			_, err = b.ID(t.Context())
			requireDamaged(t, err, failure.VaultDamaged, "vault.json", "pgvault apply")
			changed, err := b.PutSettings(t.Context(), want, "the-vault")
			require.NoError(t, err)
			require.True(t, changed)
			again, err := b.GetSettings(t.Context())
			require.NoError(t, err)
			require.Equal(t, want, again)
			id, err := b.ID(t.Context())
			require.NoError(t, err)
			require.Equal(t, "the-vault", id)
		})
	}
}

func TestDamagedInstancesAreNamedAndWrittenAgain(t *testing.T) {
	t.Parallel()
	edits := damages()
	edits["a negative number"] = func(s string) string { return strings.Replace(s, `5432`, `-5432`, 1) }
	edits["a number that is too large"] = func(s string) string { return strings.Replace(s, `5432`, `54320000`, 1) }
	edits["another instance's"] = func(s string) string { return strings.Replace(s, `shop/orders`, `shop/other`, 1) }
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			want := instance.Instance{Name: orders, Server: instance.Server{Host: "db", Port: 5432}, Database: "orders"}
			_, err := b.PutInstance(t.Context(), want)
			require.NoError(t, err)
			b.rewrite(t, "instances/"+orders+"/instance.json", edit)

			_, err = b.GetInstance(t.Context(), orders)
			requireDamaged(t, err, failure.VaultDamaged, "instances/"+orders+"/instance.json", "pgvault apply")
			changed, err := b.PutInstance(t.Context(), want)
			require.NoError(t, err)
			require.True(t, changed)
			again, err := b.GetInstance(t.Context(), orders)
			require.NoError(t, err)
			require.Equal(t, want.Server, again.Server)
		})
	}
}

func TestADamagedManifestIsNamed(t *testing.T) {
	t.Parallel()
	edits := damages()
	set := func(edit func(*manifest.Manifest)) func(string) string {
		return func(s string) string {
			var m manifest.Manifest
			if err := json.Unmarshal([]byte(s), &m); err != nil {
				return err.Error()
			}
			edit(&m)
			changed, _ := json.Marshal(m) // it came from JSON
			return string(changed)
		}
	}
	for name, edit := range map[string]func(*manifest.Manifest){
		"no size":                   func(m *manifest.Manifest) { m.Dump.Size = 0 },
		"a negative size":           func(m *manifest.Manifest) { m.Dump.Size = -m.Dump.Size },
		"a negative list":           func(m *manifest.Manifest) { m.Dump.BlocksSize = -1 },
		"negative roles":            func(m *manifest.Manifest) { m.Roles.Size = -1 },
		"a contents beyond the end": func(m *manifest.Manifest) { m.Dump.TOCSize = m.Dump.Size + 1 },
		"a piece beyond the end":    func(m *manifest.Manifest) { m.Dump.Pieces = map[int][]int64{1: {2, m.Dump.Size}} },
		"pieces out of order":       func(m *manifest.Manifest) { m.Dump.Pieces = map[int][]int64{1: {2, 1}} },
		"half a hash":               func(m *manifest.Manifest) { m.Dump.BlocksSHA256 = m.Dump.BlocksSHA256[:32] },
		"no hash":                   func(m *manifest.Manifest) { m.Roles.SHA256 = strings.Repeat("x", 64) },
		"another point's":           func(m *manifest.Manifest) { m.PointID = "20261124T030000Z-00000000" },
		"another point's dump":      func(m *manifest.Manifest) { m.Dump.Blob = "instances/shop/other/points/1/dump-1.dump" },
		"another point's list":      func(m *manifest.Manifest) { m.Dump.BlocksBlob = "vault.json" },
		"another point's roles":     func(m *manifest.Manifest) { m.Roles.Blob = "vault.json" },
	} {
		edits[name] = set(edit)
	}
	for name, edit := range edits {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			m := b.point(t, orders, scheduled)
			blob := "instances/" + orders + "/points/" + m.PointID + "/manifest.json"
			b.rewrite(t, blob, edit)
			_, err := b.GetManifest(t.Context(), orders, m.PointID)
			requireDamaged(t, err, failure.VerificationFailed, blob, "another recovery point")
		})
	}
}

// A digit that is wrong leaves a manifest that decodes.
func TestAWrongDigitInASizeIsDamage(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*manifest.Manifest){
		"dump": func(m *manifest.Manifest) { m.Dump.Size++ }, "dump, ten times": func(m *manifest.Manifest) { m.Dump.Size *= 10 },
		"list": func(m *manifest.Manifest) { m.Dump.BlocksSize-- },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			m := b.point(t, orders, scheduled)
			edit(&m)
			_, err := b.read(t, m, vault.Source{})
			requireDamaged(t, err, failure.VerificationFailed, "points/"+m.PointID, "another recovery point")
		})
	}
	b := setup(t)
	m := b.point(t, orders, scheduled)
	m.Roles.Size--
	_, err := b.ReadRoles(t.Context(), m)
	requireDamaged(t, err, failure.VerificationFailed, m.Roles.Blob, "without roles")
}

func TestAManifestOfALaterVersionIsNotDamage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	b.rewrite(t, "instances/"+orders+"/points/"+m.PointID+"/manifest.json", func(s string) string {
		return strings.Replace(s, `"formatVersion": 1`, `"formatVersion": 2`, 1)
	})
	_, err := b.GetManifest(t.Context(), orders, m.PointID)
	requireDamaged(t, err, failure.InvalidConfiguration, "manifest.json", "newer")
}
