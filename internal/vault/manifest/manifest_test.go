package manifest_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/vault/manifest"
)

var update = flag.Bool("update", false, "write the golden file anew")

func sample() manifest.Manifest {
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	return manifest.Manifest{
		FormatVersion: 1, PgvaultVersion: "1.0.0", VaultID: "5d0c", Instance: "shop/orders", PointID: "20261124T020000Z-0a1b2c3d",
		ScheduledTime: at, StartedAt: at.Add(2 * time.Second), CommittedAt: at.Add(time.Hour),
		Job:       manifest.Job{WorkflowID: "backup/shop/orders-2026-11-24T02:00:00Z", RunID: "0a1b2c3d-0000-4000-8000-000000000000", Trigger: "schedule", ScheduleID: "backup/shop/orders", Identity: "temporal-scheduler"},
		Retention: manifest.Retention{Policy: "nightly", Rule: "Default", Keep: "6m, then 24m in archive", ArchiveAt: at.AddDate(0, 6, 0), Expires: at.AddDate(2, 6, 0)},
		Server:    manifest.Server{Host: "shop.postgres.database.azure.com", Port: 5432, Version: "15.18", Major: 15, Standby: true},
		SignIn:    manifest.SignIn{Kind: "key-vault", SecretURL: "https://shop.vault.azure.net/secrets/orders", SecretVersion: "5f1c", User: "backup"},
		Database: manifest.Database{
			Name: "Ördërs \"2026\"", Encoding: "UTF8", Collate: "de_DE.UTF-8", Ctype: "de_DE.UTF-8", LocaleProvider: "icu", ICULocale: "de-DE",
			ICURules: "&a < g", CollationVersion: "153.14", Tablespace: "pg_default", Owner: "shop_owner", Comment: "orders of the web shop",
			ConnectionLimit: -1, AllowConnections: true, IsTemplate: true, ACL: []string{"shop_owner=CTc/shop_owner"},
			Settings:  []manifest.Setting{{Name: "TimeZone", Value: "Europe/Berlin"}, {Role: "clerk", Name: "search_path", Value: "orders"}},
			SizeBytes: 123456789, Schemas: 3, Tables: 12, Sequences: 4, LargeObjects: 1,
		},
		Tool: manifest.Tool{Name: "pg_dump", Version: "15.18", Major: 15, Format: "custom", ArchiveVersion: "1.14-0", Compression: "-1"},
		Dump: manifest.Dump{Blob: "instances/shop/orders/points/20261124T020000Z-0a1b2c3d/dump-0a1b2c3d-1.dump", Size: 34567, SHA256: strings.Repeat("ab", 32), ETag: "0x8DC", BlocksBlob: "instances/shop/orders/points/20261124T020000Z-0a1b2c3d/blocks-0a1b2c3d-1.txt", Blocks: 1, BlocksSHA256: strings.Repeat("ef", 32), BlocksSize: 71, StartedAt: at.Add(time.Minute), EndedAt: at.Add(2 * time.Minute),
			Method: "parallel", MethodReason: "connections can share a snapshot", Connections: 4, TOCSize: 4121, Pieces: map[int][]int64{3358: {4121, 12345}}},
		Fingerprints: manifest.Fingerprints{Blob: "instances/shop/orders/points/20261124T020000Z-0a1b2c3d/fingerprints-0a1b2c3d-1.json", Size: 4567, SHA256: strings.Repeat("12", 32)},
		Roles:        manifest.Roles{Blob: "instances/shop/orders/points/20261124T020000Z-0a1b2c3d/roles-0a1b2c3d-1.sql", Size: 345, SHA256: strings.Repeat("cd", 32), Count: 5, LeftOut: []string{"role azure_pg_admin"}},
		TOC:          manifest.TOC{Entries: 55, Schemas: 3, Tables: 12, TableData: 12, Sequences: 4, Views: 1, Functions: 2, LargeObjects: 1, Extensions: 1},
		Evidence:     &manifest.Evidence{Sequence: 12, SHA256: strings.Repeat("0f", 32)},
		Warnings:     []string{"pg_dump: warning: there are circular foreign-key constraints"},
		Notes:        []string{"the server is a standby: unlogged tables have no data there"},
	}
}

// TestGolden fails when what is stored changes: a manifest written today is
// read in ten years.
func TestGolden(t *testing.T) {
	t.Parallel()
	encoded, err := manifest.Encode(sample())
	require.NoError(t, err)
	file := filepath.Join("testdata", "manifest.json")
	if *update {
		require.NoError(t, os.WriteFile(file, encoded, 0o600))
	}
	golden, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(golden), string(encoded))
	decoded, err := manifest.Decode(golden)
	require.NoError(t, err)
	require.Equal(t, sample(), decoded)
}

// TestSampleFillsEveryField makes the golden file worth something.
func TestSampleFillsEveryField(t *testing.T) {
	t.Parallel()
	eachField(reflect.ValueOf(sample()), func(name string, v reflect.Value) {
		if name != "database.aclIsDefault" {
			require.False(t, v.IsZero(), name)
		}
	})
}

func TestFormatDocumentsEveryField(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "FORMAT.md"))
	require.NoError(t, err)
	eachField(reflect.ValueOf(sample()), func(name string, _ reflect.Value) {
		require.Contains(t, string(document), "`"+name+"`", "docs/FORMAT.md does not explain field %s", name)
	})
}

// eachField visits the fields by their full JSON names, as "dump.sha256".
func eachField(v reflect.Value, visit func(name string, v reflect.Value)) {
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		field := v.Field(i)
		if field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		if field.Kind() == reflect.Struct && field.Type() != reflect.TypeFor[time.Time]() {
			eachField(field, func(inner string, v reflect.Value) { visit(name+"."+inner, v) })
			continue
		}
		visit(name, field)
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*manifest.Manifest){
		"format version": func(m *manifest.Manifest) { m.FormatVersion = 2 },
		"dump.sha256":    func(m *manifest.Manifest) { m.Dump.SHA256 = "" },
		"dump.blob":      func(m *manifest.Manifest) { m.Dump.Blob = "" },
		"dump.size":      func(m *manifest.Manifest) { m.Dump.Size = 0 },
		"retention":      func(m *manifest.Manifest) { m.Retention.Expires = time.Time{} },
		"evidence":       func(m *manifest.Manifest) { m.Evidence.Sequence = 0 },
		"server.major":   func(m *manifest.Manifest) { m.Server.Major = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := sample()
			change(&m)
			_, err := manifest.Encode(m)
			require.ErrorContains(t, err, name)
		})
	}
	_, err := manifest.Decode([]byte("{"))
	require.Error(t, err)
}
