package manifest

import "time"

// FormatVersion is the version that this program writes. Readers reject higher
// versions; fields may be added without raising it.
const FormatVersion = 1

// Manifest describes one recovery point.
type Manifest struct {
	FormatVersion  int    `json:"formatVersion"`
	PgvaultVersion string `json:"pgvaultVersion"`
	// VaultID is the ID of the vault, in vault.json; absent in points that are
	// older than it.
	VaultID  string `json:"vaultID,omitempty"`
	Instance string `json:"instance"`
	PointID  string `json:"pointID"`
	// ScheduledTime is the point's logical time, StartedAt the start of the
	// job, and CommittedAt the time at which the manifest was made.
	ScheduledTime time.Time `json:"scheduledTime"`
	StartedAt     time.Time `json:"startedAt"`
	CommittedAt   time.Time `json:"committedAt"`
	Job           Job       `json:"job"`
	Retention     Retention `json:"retention"`
	Server        Server    `json:"server"`
	SignIn        SignIn    `json:"signIn"`
	Database      Database  `json:"database"`
	Tool          Tool      `json:"tool"`
	Dump          Dump      `json:"dump"`
	// Fingerprints are those of the dumped rows; the zero value in points that are
	// older than them.
	Fingerprints Fingerprints `json:"fingerprints,omitzero"`
	Roles        Roles        `json:"roles"`
	TOC          TOC          `json:"toc"`
	// Evidence is the newest record of the instance's drills at the commit; absent if
	// there was none.
	Evidence *Evidence `json:"evidence,omitempty"`
	// Warnings are the messages of pg_dump and pg_dumpall runs that succeeded.
	// Notes are findings of the checks before the dump.
	Warnings []string `json:"warnings,omitempty"`
	Notes    []string `json:"notes,omitempty"`
}

// The triggers of a job.
const (
	TriggerSchedule = "schedule"
	TriggerOnDemand = "on-demand"
)

// Job is the job that made the point.
type Job struct {
	WorkflowID string `json:"workflowID"`
	RunID      string `json:"runID"`
	// Trigger is [TriggerSchedule] or [TriggerOnDemand].
	Trigger    string `json:"trigger"`
	ScheduleID string `json:"scheduleID,omitempty"`
	// Identity is the identity that the client starting the job claimed to
	// have.
	Identity string `json:"identity,omitempty"`
}

// Retention states how long the point is kept.
type Retention struct {
	Policy string `json:"policy"`
	Rule   string `json:"rule"`
	// Keep is the rule's lifecycle, as "30d" or "6m, then 24m in archive".
	Keep string `json:"keep"`
	// ArchiveAt is when the dump moves to the archive tier; absent if it never does.
	ArchiveAt time.Time `json:"archiveAt,omitzero"`
	Expires   time.Time `json:"expires"`
}

// Server is the server that was dumped.
type Server struct {
	Host    string `json:"host"`
	Port    int    `json:"port"`
	Version string `json:"version"`
	Major   int    `json:"major"`
	// Standby reports whether the server was a standby. The dump of a standby
	// has no data of unlogged tables.
	Standby bool `json:"standby,omitempty"`
}

// SignIn is the way the dump signed in, without the secret.
type SignIn struct {
	// Kind is "key-vault" or "entra".
	Kind          string `json:"kind"`
	SecretURL     string `json:"secretURL,omitempty"`
	SecretVersion string `json:"secretVersion,omitempty"`
	User          string `json:"user"`
}

// Database holds the properties of the database that the archive does not
// restore into a database of another name.
type Database struct {
	Name             string `json:"name"`
	Encoding         string `json:"encoding"`
	Collate          string `json:"collate"`
	Ctype            string `json:"ctype"`
	LocaleProvider   string `json:"localeProvider"`
	ICULocale        string `json:"icuLocale,omitempty"`
	ICURules         string `json:"icuRules,omitempty"`
	CollationVersion string `json:"collationVersion,omitempty"`
	Tablespace       string `json:"tablespace"`
	Owner            string `json:"owner"`
	Comment          string `json:"comment,omitempty"`
	// ConnectionLimit is -1 for none.
	ConnectionLimit  int  `json:"connectionLimit"`
	AllowConnections bool `json:"allowConnections"`
	IsTemplate       bool `json:"isTemplate,omitempty"`
	// ACL lists PostgreSQL's aclitems. ACLIsDefault reports whether no
	// privilege was ever granted or revoked.
	ACL          []string  `json:"acl,omitempty"`
	ACLIsDefault bool      `json:"aclIsDefault"`
	Settings     []Setting `json:"settings,omitempty"`
	SizeBytes    int64     `json:"sizeBytes"`
	Schemas      int64     `json:"schemas"`
	Tables       int64     `json:"tables"`
	Sequences    int64     `json:"sequences"`
	LargeObjects int64     `json:"largeObjects"`
}

// Setting is a setting made by ALTER DATABASE … SET or by ALTER ROLE … IN
// DATABASE … SET.
type Setting struct {
	Role  string `json:"role,omitempty"`
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Tool is the program that wrote the dump.
type Tool struct {
	// Name is "pg_dump".
	Name    string `json:"name"`
	Version string `json:"version"`
	Major   int    `json:"major"`
	// Format is "custom".
	Format string `json:"format"`
	// ArchiveVersion is the version of the custom format, such as "1.14-0".
	ArchiveVersion string `json:"archiveVersion"`
	Compression    string `json:"compression"`
}

// Dump is the stored archive.
type Dump struct {
	// Blob is the blob's name in the container.
	Blob   string `json:"blob"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	ETag   string `json:"etag"`
	// BlocksBlob is the name of the block list, which has the size and SHA-256
	// of each block.
	BlocksBlob string `json:"blocksBlob"`
	Blocks     int    `json:"blocks"`
	// BlocksSHA256 and BlocksSize describe the block list as stored. The hash
	// identifies the dump: no other dump has a list with the same hash.
	BlocksSHA256 string    `json:"blocksSHA256"`
	BlocksSize   int64     `json:"blocksSize"`
	StartedAt    time.Time `json:"startedAt"`
	EndedAt      time.Time `json:"endedAt"`
	// Method is "parallel" or "single-stream"; MethodReason explains why.
	Method       string `json:"method,omitempty"`
	MethodReason string `json:"methodReason,omitempty"`
	// Connections is the number of connections that copied concurrently.
	Connections int `json:"connections,omitempty"`
	// TOCSize is the length of the archive's header and table of contents, in
	// bytes.
	TOCSize int64 `json:"tocSize,omitempty"`
	// Pieces maps the dump ID of an entry to the offsets in the archive at
	// which the pieces of its data begin. It has no entry for data in one
	// piece, whose offset is in the table of contents.
	Pieces map[int][]int64 `json:"pieces,omitempty"`
}

// Fingerprints is the stored file with the fingerprints of the dumped rows, of
// package fingerprint.
type Fingerprints struct {
	Blob   string `json:"blob"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Known reports whether the point has fingerprints.
func (f Fingerprints) Known() bool { return f.Blob != "" }

// whole reports whether f describes a file, or is the zero value.
func (f Fingerprints) whole() bool {
	return f == Fingerprints{} || f.Known() && f.Size > 0 && isHash(f.SHA256)
}

// Roles is the stored roles file.
type Roles struct {
	Blob   string `json:"blob"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Count  int    `json:"count"`
	// LeftOut lists the roles and grants of the managed service that were left
	// out.
	LeftOut []string `json:"leftOut,omitempty"`
}

// Evidence identifies a record in the chain of an instance's drills, so that a record
// that is changed or taken away is noticed.
type Evidence struct {
	// Sequence is the record's number, from 1, and SHA256 the hash of its blob.
	Sequence int    `json:"sequence"`
	SHA256   string `json:"sha256"`
}

// TOC counts the entries of the archive's table of contents.
type TOC struct {
	Entries      int `json:"entries"`
	Schemas      int `json:"schemas"`
	Tables       int `json:"tables"`
	TableData    int `json:"tableData"`
	Sequences    int `json:"sequences"`
	Views        int `json:"views"`
	Functions    int `json:"functions"`
	LargeObjects int `json:"largeObjects"`
	Extensions   int `json:"extensions"`
}
