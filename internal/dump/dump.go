package dump

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// Dumper is what a dump needs of the worker.
type Dumper struct {
	Source    signin.Source
	Container *blobstore.Container
	Tools     []pgtools.Installation
	// MemoryBudget bounds the buffers of blocks, in bytes.
	MemoryBudget int64
}

// Request says what to dump and where to.
type Request struct {
	Account signin.Account
	// Blob and BlocksBlob are names of the attempt's own.
	Blob, BlocksBlob string
	// Meta is kept with the dump's blob.
	Meta blobstore.Meta
	// StallTimeout ends a dump whose bytes have not moved for so long.
	StallTimeout time.Duration
	// Patience is how long an outage of the storage may hold rows up.
	Patience time.Duration
	// LockTimeout bounds the wait for each table's lock.
	LockTimeout time.Duration
	// SnapshotLimit ends an attempt that holds its snapshot for so long; 0 means never.
	SnapshotLimit time.Duration
	// LongSnapshot is the age from which the snapshot is warned of; 0 means [LongSnapshot].
	LongSnapshot time.Duration
	// Connections copy tables side by side; at least one.
	Connections int
	Compression Compression
	// Statistics puts the planner's statistics into the archive.
	Statistics bool
	// Announce is told of the dump before it is committed; nil tells nobody. The
	// blob has no ETag yet.
	Announce func(context.Context, Result)
}

// Compression says how the data is compressed.
type Compression struct {
	// Algorithm is none, gzip, lz4 or zstd. Empty means zstd where the archive's
	// version has it, which takes pg_dump 16, and gzip otherwise.
	Algorithm string
	// Level is the algorithm's own; 0 means its default.
	Level int
}

// Method is how the data came into the archive.
type Method string

// The methods.
const (
	// Parallel is over several connections that share a snapshot.
	Parallel Method = "parallel"
	// SingleStream is as pg_dump wrote it to its standard output.
	SingleStream Method = "single-stream"
)

// Result describes a committed dump.
type Result struct {
	Blob   blobstore.Blob
	Blocks int
	// BlocksSHA256 and BlocksSize are of the block list as it is stored.
	BlocksSHA256 string
	BlocksSize   int64
	Server       postgres.ServerFacts
	// Database is the source's.
	Database  postgres.DatabaseFacts
	Tool      pgtools.Installation
	Reference signin.Reference
	Warnings  []string
	Started   time.Time
	Ended     time.Time
	Layout    Layout
}

// Layout is the method by which an archive was made and the places of its data.
type Layout struct {
	Method Method `json:"method"`
	// Reason is why that method was chosen.
	Reason      string `json:"reason"`
	Connections int    `json:"connections"`
	// TOCSize is the length of header and table of contents, in bytes.
	TOCSize int64 `json:"tocSize"`
	// Pieces are where the pieces of an entry's data begin, by the entry's dump
	// ID; entries whose data is in one piece are not in it.
	Pieces map[int][]int64 `json:"pieces,omitempty"`
}

// Stream dumps into the request's blob and commits it. A second call with other
// names is safe while a first one still runs; one with the same names is not.
//
// A sign-in that is refused is tried once more with what the source holds
// then, as [signin.Open] does for connections.
func (d Dumper) Stream(ctx context.Context, r Request, m *progress.Meter) (Result, error) {
	result, err := d.stream(ctx, r, m)
	if signin.Refused(err) {
		result, err = d.stream(ctx, r, m)
	}
	return result, err
}

func (d Dumper) stream(ctx context.Context, r Request, m *progress.Meter) (Result, error) {
	ctx, stop := progress.Watch(ctx, m, r.StallTimeout)
	defer stop()
	m.Phase("connect")
	j, err := d.begin(ctx, r, m)
	if err != nil {
		return Result{}, orGivenUp(ctx, err)
	}
	defer j.close(ctx)
	j.result.Started = time.Now().UTC()
	age := r.snapshotAge(j.result.Started)
	m.Warn(func() string { return age.warning(time.Now()) })
	ctx, release := age.bound(ctx)
	defer release()
	err = j.parallel(ctx)
	var alone *unshareable
	if errors.As(err, &alone) {
		err = j.alone(ctx, alone)
	}
	if err != nil {
		return Result{}, orGivenUp(ctx, err)
	}
	if warning := age.warning(j.result.Ended); warning != "" {
		j.result.Warnings = append(j.result.Warnings, warning)
	}
	return j.result, nil
}

// unshareable is the error of connections that cannot share a snapshot.
type unshareable struct {
	reason string
	// crowded reports whether the server has one connection only.
	crowded bool
}

func (u *unshareable) Error() string { return u.reason }

// alone dumps over one connection.
func (j *job) alone(ctx context.Context, why *unshareable) error {
	j.close(ctx)
	if why.crowded {
		if err := postgres.AwaitPlace(ctx, func() error { return j.probe(ctx) }); err != nil {
			return err
		}
	}
	return j.singleStream(ctx, why.reason)
}

// job is one dump on its way.
type job struct {
	Dumper
	Request
	meter   *progress.Meter
	session *signin.Session
	// direct reports whether sessions reach the server itself and no pooler.
	direct bool
	// role is the one that pg_dump takes on, "" for the one that signs in.
	role    string
	target  postgres.Target
	encoder encoding
	result  Result
}

// encoding is the compression in force.
type encoding struct {
	archive.Compression
	level int
}

// begin connects, to learn what the archive itself does not hold, which pg_dump
// fits, and what this server can do.
func (d Dumper) begin(ctx context.Context, r Request, m *progress.Meter) (*job, error) {
	session, err := signin.Open(ctx, d.Source, r.Account)
	if err != nil {
		return nil, err
	}
	j := &job{Dumper: d, Request: r, meter: m, session: session, target: session.Target}
	j.result.Reference = session.Reference
	if err := j.look(ctx); err != nil {
		j.close(ctx)
		return nil, err
	}
	return j, nil
}

func (j *job) look(ctx context.Context) error {
	var err error
	if j.result.Server, err = postgres.ReadServer(ctx, j.session.Conn); err != nil {
		return postgres.Classify(err, j.target)
	}
	if j.result.Database, err = postgres.ReadDatabase(ctx, j.session.Conn); err != nil {
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

func (c Compression) choose(toolMajor int) (encoding, error) {
	name := c.Algorithm
	if name == "" {
		name = archive.Gzip.String()
		if toolMajor >= zstdMajor {
			name = archive.Zstd.String()
		}
	}
	algorithm, ok := archive.ParseCompression(name)
	if !ok || toolMajor < zstdMajor && algorithm > archive.Gzip {
		return encoding{}, failure.New(failure.InvalidConfiguration, "leave the compression out, or name gzip or none",
			"archives of pg_dump %d cannot be compressed by %q", toolMajor, name)
	}
	level := cmp.Or(c.Level, algorithm.DefaultLevel())
	if level > algorithm.MaxLevel() {
		return encoding{}, failure.New(failure.InvalidConfiguration, fmt.Sprintf("name a level up to %d", algorithm.MaxLevel()),
			"%s has no level %d", algorithm, level)
	}
	return encoding{algorithm, level}, nil
}

// warn adds a fact that people should know of the dump.
func (j *job) warn(format string, args ...any) {
	j.result.Warnings = append(j.result.Warnings, fmt.Sprintf(format, args...))
}

func (j *job) close(ctx context.Context) {
	if j.session != nil {
		j.session.Close(ctx)
		j.session = nil
	}
}
