package statement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/vault/manifest"
	"github.com/pgvault/pgvault/internal/vault/statement"
)

func signed() statement.Signed {
	place := statement.Place{VaultID: "v", Instance: "shop/orders", Point: "p"}
	step := statement.Step{Place: place, Run: "run", Attempt: 1}
	return statement.Signed{
		Validation: statement.Validation{Step: step, Notes: []string{"a standby"}},
		Dump: statement.Dump{Step: step, ScheduledTime: stored, Server: manifest.Server{Host: "shop.example"}, Warnings: []string{"one"},
			Tool: manifest.Tool{Name: "pg_dump", Major: 18}, Dump: manifest.Dump{Blob: "dump", Size: 7, BlocksSHA256: "list"}, Fingerprints: manifest.Fingerprints{Blob: "prints", Size: 5}},
		Roles: statement.Roles{Step: step, Roles: manifest.Roles{Blob: "roles"}, Warnings: []string{"two"}},
		Verification: statement.Verification{Step: step, DumpStatement: "hash", Bytes: 7, SHA256: "sum", ETag: "etag",
			ArchiveVersion: "1.16-0", Compression: "zstd", TOC: manifest.TOC{Tables: 3}},
		DumpStatement: "hash",
		Evidence:      &manifest.Evidence{Sequence: 3, SHA256: "head"},
	}
}

func TestManifestTakesItsFactsFromTheStatements(t *testing.T) {
	t.Parallel()
	decided := manifest.Retention{Rule: "Daily", Expires: stored.AddDate(0, 1, 0)}
	m, err := signed().Manifest(decided, "1.0", stored)
	require.NoError(t, err)
	require.Equal(t, manifest.Manifest{
		FormatVersion: manifest.FormatVersion, PgvaultVersion: "1.0", VaultID: "v", Instance: "shop/orders", PointID: "p",
		ScheduledTime: stored, CommittedAt: stored, Retention: decided, Server: manifest.Server{Host: "shop.example"},
		Tool:         manifest.Tool{Name: "pg_dump", Major: 18, ArchiveVersion: "1.16-0", Compression: "zstd"},
		Dump:         manifest.Dump{Blob: "dump", Size: 7, BlocksSHA256: "list", SHA256: "sum", ETag: "etag"},
		Fingerprints: manifest.Fingerprints{Blob: "prints", Size: 5},
		Roles:        manifest.Roles{Blob: "roles"}, TOC: manifest.TOC{Tables: 3}, Warnings: []string{"one", "two"}, Notes: []string{"a standby"},
		Evidence: &manifest.Evidence{Sequence: 3, SHA256: "head"},
	}, m)
}

func TestStatementsOfTwoAttemptsMakeNoManifest(t *testing.T) {
	t.Parallel()
	mixed := signed()
	mixed.Verification.DumpStatement = "another"
	_, err := mixed.Manifest(manifest.Retention{}, "1.0", stored)
	require.ErrorIs(t, err, statement.ErrInvalid)
	mixed = signed()
	mixed.Verification.Bytes = 6
	_, err = mixed.Manifest(manifest.Retention{}, "1.0", stored)
	require.ErrorIs(t, err, statement.ErrInvalid)
}
