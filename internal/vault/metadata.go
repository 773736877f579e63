package vault

import (
	"net/url"
	"strconv"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/vault/manifest"
)

// Metadata keys. Values are URL-encoded, since metadata travels in HTTP
// headers, which are ASCII.
const (
	metaJob      = "job"
	metaWork     = "work"
	metaExpires  = "expires"
	metaArchive  = "archive"
	metaRule     = "rule"
	metaPolicy   = "policy"
	metaDatabase = "database"
	metaServer   = "serverversion"
	metaTrigger  = "trigger"
	metaDump     = "dump"
	metaSize     = "dumpsize"
	metaETag     = "dumpetag"
	metaSHA256   = "sha256"
	metaBlocks   = "blocklist"
	metaRoles    = "roles"
	metaTaken    = "taken"
	// The lengths of the manifest, block list, fingerprints and roles file, in
	// bytes.
	metaManifestSize     = "manifestsize"
	metaBlocksSize       = "blocklistsize"
	metaRolesSize        = "rolessize"
	metaFingerprintsSize = "fingerprintssize"
)

// Summary is the part of a manifest that is kept in its blob's metadata, so
// that a listing need not read the manifest.
type Summary struct {
	// Taken is when the dump began, which may be long after the point's own time;
	// zero in points that are older than it.
	Taken   time.Time `json:"taken,omitzero"`
	Expires time.Time `json:"expires,omitzero"`
	// ArchiveAt is when the dump moves to the archive tier; zero if it never does.
	ArchiveAt     time.Time `json:"archiveAt,omitzero"`
	Rule          string    `json:"rule,omitempty"`
	Policy        string    `json:"policy,omitempty"`
	Database      string    `json:"database,omitempty"`
	ServerVersion string    `json:"serverVersion,omitempty"`
	Trigger       string    `json:"trigger,omitempty"`
	Job           string    `json:"job,omitempty"`
	DumpBlob      string    `json:"dump,omitempty"`
	DumpSize      int64     `json:"dumpSize,omitempty"`
	DumpETag      string    `json:"-"`
	SHA256        string    `json:"sha256,omitempty"`
	// BlocksSHA256 is the hash of the dump's block list, which identifies the dump.
	BlocksSHA256 string `json:"-"`
	// RolesBlob is empty in points that are older than it.
	RolesBlob string `json:"-"`
}

// lengths are those of a point's small parts, or unknown for points that are
// older than their being noted. A point without fingerprints has no length of
// them.
type lengths struct{ manifest, blocks, fingerprints, roles int64 }

func summaryMeta(m manifest.Manifest, size int) blobstore.Meta {
	meta := blobstore.Meta{
		metaExpires: m.Retention.Expires.UTC().Format(time.RFC3339), metaRule: encoded(m.Retention.Rule),
		metaPolicy: encoded(m.Retention.Policy), metaDatabase: encoded(m.Database.Name), metaServer: encoded(m.Server.Version),
		metaTrigger: encoded(m.Job.Trigger), metaJob: encoded(m.Job.WorkflowID), metaDump: encoded(m.Dump.Blob),
		metaSize: strconv.FormatInt(m.Dump.Size, 10), metaETag: encoded(m.Dump.ETag), metaSHA256: m.Dump.SHA256,
		metaBlocks: m.Dump.BlocksSHA256, metaRoles: encoded(m.Roles.Blob),
		metaTaken:        m.Dump.StartedAt.UTC().Format(time.RFC3339),
		metaManifestSize: strconv.Itoa(size),
	}
	for key, size := range map[string]int64{metaBlocksSize: m.Dump.BlocksSize, metaFingerprintsSize: m.Fingerprints.Size, metaRolesSize: m.Roles.Size} {
		if size > 0 {
			meta[key] = strconv.FormatInt(size, 10)
		}
	}
	if at := m.Retention.ArchiveAt; !at.IsZero() {
		meta[metaArchive] = at.UTC().Format(time.RFC3339)
	}
	return meta
}

// readSummary reads what it can. A manifest with damaged metadata is listed as
// not good, and never as expired.
func readSummary(meta blobstore.Meta) Summary {
	return Summary{
		Taken: readTime(meta[metaTaken]), Expires: readTime(meta[metaExpires]), ArchiveAt: readTime(meta[metaArchive]), Rule: decoded(meta[metaRule]), Policy: decoded(meta[metaPolicy]), Database: decoded(meta[metaDatabase]),
		ServerVersion: decoded(meta[metaServer]), Trigger: decoded(meta[metaTrigger]), Job: decoded(meta[metaJob]),
		DumpBlob: decoded(meta[metaDump]), DumpSize: readSize(meta[metaSize], wrong), DumpETag: decoded(meta[metaETag]), SHA256: meta[metaSHA256],
		BlocksSHA256: meta[metaBlocks], RolesBlob: decoded(meta[metaRoles]),
	}
}

func readLengths(meta blobstore.Meta) lengths {
	return lengths{
		manifest: readSize(meta[metaManifestSize], unknown), blocks: readSize(meta[metaBlocksSize], unknown),
		fingerprints: readSize(meta[metaFingerprintsSize], unknown), roles: readSize(meta[metaRolesSize], unknown),
	}
}

// wrong stands for a length that is not a valid number.
const wrong = -2

// readSize returns wrong if text is not a length, and otherwise if text is
// empty.
func readSize(text string, otherwise int64) int64 {
	if text == "" {
		return otherwise
	}
	size, err := strconv.ParseInt(text, 10, 64)
	if err != nil || size < 0 {
		return wrong
	}
	return size
}

// readTime returns the zero time if text is not a time.
func readTime(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}

// AttemptMeta returns the metadata of an attempt's blobs: the workflow that
// does the work and the job that it belongs to.
func AttemptMeta(work, job string) blobstore.Meta {
	return blobstore.Meta{metaWork: encoded(work), metaJob: encoded(job)}
}

func encoded(value string) string { return url.QueryEscape(value) }

// decoded returns "" if the value is not encoded as this program does it.
func decoded(value string) string {
	text, err := url.QueryUnescape(value)
	if err != nil {
		return ""
	}
	return text
}
