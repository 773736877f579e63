package statement

import (
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Signed are the statements of the steps of one backup.
type Signed struct {
	Validation   Validation
	Dump         Dump
	Roles        Roles
	Verification Verification
	// DumpStatement is the SHA-256 of the dump's statement, as stored.
	DumpStatement string
	// Evidence is the newest record of the instance's drills; nil if there is none.
	Evidence *manifest.Evidence
}

// Manifest returns the manifest of the point that the statements describe. Every
// fact of the backup in it is from a statement. It returns an [ErrInvalid] if the statements do
// not belong together.
func (s Signed) Manifest(decided manifest.Retention, pgvault string, now time.Time) (manifest.Manifest, error) {
	v, d := s.Verification, s.Dump
	switch {
	case v.DumpStatement != s.DumpStatement:
		return manifest.Manifest{}, fmt.Errorf("%w: what was verified is the dump with the statement %.80q, not %s", ErrInvalid, v.DumpStatement, s.DumpStatement)
	case v.Bytes != d.Dump.Size:
		return manifest.Manifest{}, fmt.Errorf("%w: %d bytes were dumped, and %d were verified", ErrInvalid, d.Dump.Size, v.Bytes)
	}
	m := manifest.Manifest{
		FormatVersion: manifest.FormatVersion, PgvaultVersion: pgvault,
		VaultID: d.VaultID, Instance: d.Instance, PointID: d.Point,
		ScheduledTime: d.ScheduledTime, StartedAt: d.StartedAt, CommittedAt: now.UTC(),
		Job: d.Job, Retention: decided, Server: d.Server, SignIn: d.SignIn, Database: d.Database, Tool: d.Tool,
		Dump: d.Dump, Fingerprints: d.Fingerprints, Roles: s.Roles.Roles, TOC: v.TOC,
		Evidence: s.Evidence,
		Warnings: slices.Concat(d.Warnings, s.Roles.Warnings), Notes: s.Validation.Notes,
	}
	m.Dump.SHA256, m.Dump.ETag = v.SHA256, v.ETag
	m.Tool.ArchiveVersion, m.Tool.Compression = v.ArchiveVersion, v.Compression
	return m, nil
}
