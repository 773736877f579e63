package dump

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// Dumper holds what a dump needs from the worker.
type Dumper struct {
	Source    signin.Source
	Container *blobstore.Container
	Tools     []pgtools.Installation
	// MemoryBudget bounds the buffers of blocks, in bytes, unless the database is
	// too large for it.
	MemoryBudget int64
	// Memory is shared by all jobs of the worker.
	Memory *memory.Budget
}

// Request is a request to dump a database into a blob.
type Request struct {
	Account signin.Account
	// Blob, BlocksBlob and FingerprintsBlob are names that no other attempt uses.
	Blob, BlocksBlob, FingerprintsBlob string
	// Meta is the metadata of the blobs.
	Meta blobstore.Meta
	// EarlierSize is the size of an earlier dump of the database, for estimates; 0
	// if unknown.
	EarlierSize int64
	// StallTimeout is the time without any byte moved after which a dump fails.
	StallTimeout time.Duration
	// Patience is the longest outage of the storage that a connection waits
	// out.
	Patience time.Duration
	// LockTimeout bounds the wait for each table's lock.
	LockTimeout time.Duration
	// SnapshotLimit is the age of the snapshot at which an attempt fails; 0
	// means none.
	SnapshotLimit time.Duration
	// LongSnapshot is the age of the snapshot from which there is a warning; 0
	// means [LongSnapshot].
	LongSnapshot time.Duration
	// Connections is the number of connections that copy tables; at least 1.
	Connections int
	Compression Compression
	// Statistics reports whether to dump the planner's statistics.
	Statistics bool
	// Announce, if not nil, is called before the dump is committed. The result
	// has no ETag yet. If Announce fails, the dump is not committed.
	Announce func(context.Context, Result) error
}

// Method is the way in which the data was copied into the archive.
type Method string

// The methods.
const (
	// Parallel copies over several connections that share a snapshot.
	Parallel Method = "parallel"
	// SingleStream stores the standard output of one pg_dump.
	SingleStream Method = "single-stream"
)

// Result describes a committed dump.
type Result struct {
	Blob   blobstore.Blob
	Blocks int
	// BlocksSHA256 and BlocksSize describe the block list as stored.
	BlocksSHA256 string
	BlocksSize   int64
	Fingerprints Stored
	Server       postgres.ServerFacts
	// Database describes the source database.
	Database  postgres.DatabaseFacts
	Tool      pgtools.Installation
	Reference signin.Reference
	Warnings  []string
	Started   time.Time
	Ended     time.Time
	Layout    Layout
	// Rows counts the rows of tables.
	Rows int64
}

// Stored describes a stored file.
type Stored struct {
	Size   int64
	SHA256 string
}

// Layout is the method by which an archive was made, and the offsets of its
// data.
type Layout struct {
	Method Method `json:"method"`
	// Reason is the reason for the method.
	Reason      string `json:"reason"`
	Connections int    `json:"connections"`
	// TOCSize is the length of the header and table of contents, in bytes.
	TOCSize int64 `json:"tocSize"`
	// Pieces maps the dump ID of an entry to the offsets of the pieces of its
	// data. It has no entry for data in one piece.
	Pieces map[int][]int64 `json:"pieces,omitempty"`
}

// Stream dumps into the request's blob and commits it. Concurrent calls are
// safe if the blob names differ.
//
// If the server rejects the credentials, Stream reads them again and retries
// once, as [signin.Open] does.
func (d Dumper) Stream(ctx context.Context, r Request, m *progress.Meter) (Result, error) {
	result, err := d.stream(ctx, r, m)
	if signin.Refused(err) {
		result, err = d.stream(ctx, r, m)
	}
	return result, err
}

func (d Dumper) stream(ctx context.Context, r Request, m *progress.Meter) (result Result, err error) {
	ctx, stop := progress.Watch(ctx, m, r.StallTimeout)
	defer stop()
	err = d.Memory.Run(ctx, jobOf(r, m), 0, func(ctx context.Context, share *memory.Share) (err error) {
		result, err = d.within(ctx, r, m, share)
		return err
	})
	return result, err
}

// within dumps with a share of the worker's memory.
func (d Dumper) within(ctx context.Context, r Request, m *progress.Meter, share *memory.Share) (Result, error) {
	m.Phase("connect")
	j, err := d.begin(ctx, r, m)
	if err != nil {
		return Result{}, orCause(ctx, err)
	}
	defer j.close(ctx)
	j.share = share
	if err := share.Need(j.memory()); err != nil {
		return Result{}, err
	}
	j.result.Started = time.Now().UTC()
	j.age = r.snapshotAge(j.result.Started)
	m.Warn(func() string { return j.age.warning(time.Now()) })
	ctx, release := j.age.bound(ctx)
	defer release()
	err = j.parallel(ctx)
	var alone *unshareable
	if errors.As(err, &alone) {
		err = j.dumpAlone(ctx, alone)
	}
	if err != nil {
		return Result{}, orCause(ctx, err)
	}
	return j.result, nil
}

// unshareable is returned if connections cannot share a snapshot.
type unshareable struct {
	reason string
	// crowded reports whether the server has only one connection for the dump.
	crowded bool
}

func (u *unshareable) Error() string { return u.reason }

// dumpAlone dumps over a single connection.
func (j *job) dumpAlone(ctx context.Context, why *unshareable) error {
	j.close(ctx)
	if why.crowded {
		if err := postgres.AwaitPlace(ctx, func() error { return j.probe(ctx) }); err != nil {
			return err
		}
	}
	return j.singleStream(ctx, why.reason)
}

// job is a dump in progress.
type job struct {
	Dumper
	Request
	meter   *progress.Meter
	session *signin.Session
	// direct reports whether sessions reach the server without a pooler.
	direct bool
	// role is the role that pg_dump sets; "" for none.
	role    string
	target  postgres.Target
	share   *memory.Share
	encoder encoding
	result  Result
	age     snapshotAge
	text    textFacts
}

// begin connects to the server, reads the facts that the archive does not have,
// and chooses pg_dump and the method.
func (d Dumper) begin(ctx context.Context, r Request, m *progress.Meter) (*job, error) {
	session, err := signin.Open(ctx, d.Source, r.Account)
	if err != nil {
		return nil, err
	}
	j := &job{Dumper: d, Request: r, meter: m, session: session, target: session.Target}
	j.result.Reference = session.Reference
	if err := j.readServer(ctx); err != nil {
		j.close(ctx)
		return nil, err
	}
	return j, nil
}

func (j *job) readServer(ctx context.Context) error {
	var err error
	if j.result.Server, err = postgres.ReadServer(ctx, j.session.Conn); err != nil {
		return postgres.Classify(err, j.target)
	}
	if j.result.Database, err = postgres.ReadDatabase(ctx, j.session.Conn); err != nil {
		return postgres.Classify(err, j.target)
	}
	if j.text, err = readTextFacts(ctx, j.session.Conn); err != nil {
		return postgres.Classify(err, j.target)
	}
	if j.direct, err = postgres.Direct(ctx, j.session.Conn); err != nil {
		return postgres.Classify(err, j.target)
	}
	if j.role, err = postgres.RoleOfChildren(ctx, j.session.Conn); err != nil {
		return err
	}
	if j.result.Tool, err = pgtools.Choose(j.Tools, j.result.Server.Major); err != nil {
		return err
	}
	if j.Statistics && j.result.Tool.Major < statisticsMajor {
		return failure.New(failure.InvalidConfiguration, "leave out dump.statistics, or install the client programs of PostgreSQL 18 on every worker",
			"pg_dump %s dumps no statistics", j.result.Tool.Version)
	}
	j.encoder, err = j.Compression.choose(j.result.Tool.Major)
	return err
}

// statisticsMajor is the first major version whose pg_dump dumps statistics.
const statisticsMajor = 18

// zstdMajor is the first major version whose archives can have zstd and lz4.
const zstdMajor = 16

// warn adds a warning to the result.
func (j *job) warn(format string, args ...any) {
	j.result.Warnings = append(j.result.Warnings, fmt.Sprintf(format, args...))
}

func (j *job) close(ctx context.Context) {
	if j.session != nil {
		j.session.Close(ctx)
		j.session = nil
	}
}
