package dump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin"
)

// Dumper is what a dump needs of the worker.
type Dumper struct {
	Source    signin.Source
	Container *blobstore.Container
	Tools     []pgtools.Installation
	// MemoryBudget bounds the upload's buffers, in bytes.
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
	// LockTimeout bounds the wait for each table's lock.
	LockTimeout time.Duration
}

// Result describes a committed dump.
type Result struct {
	Blob      blobstore.Blob
	Blocks    int
	Server    postgres.ServerFacts
	Database  postgres.DatabaseFacts
	Tool      pgtools.Installation
	Reference signin.Reference
	Warnings  []string
	Started   time.Time
	Ended     time.Time
}

// Stream dumps into the request's blob and commits it. A second call with other
// names is safe while a first one still runs; one with the same names is not.
//
// pg_dump refused at sign-in is started once more with what the source holds
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
	target, env, result, err := d.prepare(ctx, r.Account)
	if err != nil {
		return Result{}, err
	}
	m.Phase("dump")
	upload := d.Container.NewUpload(r.Blob, blobstore.NewPlan(result.Database.SizeBytes, d.MemoryBudget))
	result.Started = time.Now().UTC()
	result.Warnings, err = d.run(ctx, result, target, env, r, upload, m)
	if err != nil {
		return Result{}, orStalled(ctx, err)
	}
	result.Ended = time.Now().UTC()
	result.Blocks = len(upload.Blocks())
	m.Phase("commit")
	result.Blob, err = d.commit(ctx, r, upload)
	return result, orStalled(ctx, err)
}

// prepare connects once, to learn what the archive itself does not hold, which
// pg_dump fits, and with what variables to run it.
func (d Dumper) prepare(ctx context.Context, account signin.Account) (target postgres.Target, env []string, result Result, err error) {
	session, err := signin.Open(ctx, d.Source, account)
	if err != nil {
		return target, nil, result, err
	}
	defer session.Close(ctx)
	target, result.Reference = session.Target, session.Reference
	if result.Server, err = postgres.ReadServer(ctx, session.Conn); err != nil {
		return target, nil, result, postgres.Classify(err, target)
	}
	if result.Database, err = postgres.ReadDatabase(ctx, session.Conn); err != nil {
		return target, nil, result, postgres.Classify(err, target)
	}
	direct, err := postgres.Direct(ctx, session.Conn)
	if err != nil {
		return target, nil, result, postgres.Classify(err, target)
	}
	if direct {
		env = pgtools.SessionEnv(result.Server.Major)
	}
	result.Tool, err = pgtools.Choose(d.Tools, result.Server.Major)
	return target, env, result, err
}

// run gives pg_dump's warnings. When both ends fail, pg_dump's own failure is
// the one that tells why, unless the upload failed first and ended pg_dump.
func (d Dumper) run(ctx context.Context, prepared Result, target postgres.Target, env []string, r Request, upload *blobstore.Upload, m *progress.Meter) ([]string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	child, err := pgtools.Start(ctx, pgtools.Command{
		Path: prepared.Tool.Path(pgtools.Dump), Args: pgtools.DumpArgs(r.LockTimeout, prepared.Database.Encoding), Target: target, ExtraEnv: env,
	})
	if err != nil {
		return nil, fmt.Errorf("start pg_dump: %w", err)
	}
	uploadErr := upload.ReadFrom(ctx, &watched{child.Stdout(), m}, m.Add)
	if uploadErr != nil {
		cancel()
	}
	done, err := child.Wait()
	if uploadErr != nil {
		return nil, fmt.Errorf("store the dump: %w", uploadErr)
	}
	if err != nil {
		return nil, fmt.Errorf("dump database %q: %w", target.Database, err)
	}
	return done.Warnings, nil
}

// watched touches the meter with every read: a dump that compresses well gives
// bytes long before a block of them is full and can be counted.
type watched struct {
	reader io.Reader
	meter  *progress.Meter
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.reader.Read(p)
	if n > 0 {
		w.meter.Touch()
	}
	return n, err
}

// Close ends a read that waits for the child.
func (w *watched) Close() error {
	if closer, ok := w.reader.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// commit writes the list of blocks before the dump appears, so that whatever
// dump there is can be verified.
func (d Dumper) commit(ctx context.Context, r Request, upload *blobstore.Upload) (blobstore.Blob, error) {
	list := blobstore.EncodeBlocks(upload.Blocks())
	if _, err := d.Container.PutNew(ctx, r.BlocksBlob, list, r.Meta); err != nil {
		return blobstore.Blob{}, fmt.Errorf("store the block list: %w", err)
	}
	blob, err := upload.Commit(ctx, r.Meta)
	if err != nil {
		return blobstore.Blob{}, errors.Join(fmt.Errorf("commit the dump: %w", err), d.Container.Delete(ctx, r.BlocksBlob))
	}
	return blob, nil
}

// orStalled gives the watchdog's reason where it was the watchdog that ended the attempt.
func orStalled(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && failure.CodeOf(cause) == failure.DumpStalled {
		return cause
	}
	return err
}
