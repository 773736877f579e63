package dump

import (
	"context"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
)

// singleStream stores what one pg_dump writes to its standard output.
func (j *job) singleStream(ctx context.Context, reason string) error {
	j.close(ctx)
	j.result.Layout = Layout{Method: SingleStream, Reason: reason, Connections: 1}
	j.meter.Phase("dump")
	upload := j.Container.NewUpload(j.Blob, blobstore.NewPlan(j.result.Database.SizeBytes, j.MemoryBudget))
	upload.Moved = j.meter.Touch
	var err error
	if j.result.Warnings, err = j.pipe(ctx, upload); err != nil {
		return err
	}
	return j.commit(ctx, upload.Blocks(), upload.Commit)
}

// pipe gives pg_dump's warnings. When both ends fail, pg_dump's own failure is
// the one that tells why, unless the upload failed first and ended pg_dump.
func (j *job) pipe(ctx context.Context, upload *blobstore.Upload) ([]string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	child, err := pgtools.Start(ctx, j.pgDump())
	if err != nil {
		return nil, fmt.Errorf("start pg_dump: %w", err)
	}
	uploadErr := upload.ReadFrom(ctx, &watched{reader: child.Stdout(), meter: j.meter}, j.meter.Add)
	if uploadErr != nil {
		cancel()
	}
	done, err := child.Wait()
	if uploadErr != nil {
		return nil, fmt.Errorf("store the dump: %w", uploadErr)
	}
	if err != nil {
		return nil, fmt.Errorf("dump database %q: %w", j.target.Database, err)
	}
	return done.Warnings, nil
}

// pgDump is the command for a whole archive, as both methods run it.
func (j *job) pgDump(more ...string) pgtools.Command {
	var env []string
	if j.direct {
		env = pgtools.SessionEnv(j.result.Server.Major)
	}
	compress := pgtools.CompressArg(j.result.Tool.Major, j.encoder.String(), j.encoder.level)
	args := append(pgtools.DumpArgs(j.LockTimeout, j.result.Database.Encoding), compress)
	return pgtools.Command{Path: j.result.Tool.Path(pgtools.Dump), Args: append(args, more...), Target: j.target, ExtraEnv: env}
}

// watched touches the meter with every read: a dump that compresses well gives
// bytes long before a block of them is full and can be counted.
type watched struct {
	reader io.Reader
	meter  *progress.Meter
	ended  bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.reader.Read(p)
	if n > 0 {
		w.meter.Touch()
	}
	w.ended = w.ended || err != nil
	return n, err
}

// Close ends a read that waits for the child.
func (w *watched) Close() error {
	if closer, ok := w.reader.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
