package dump

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
)

// opened is a running pg_dump that has written its table of contents.
type opened struct {
	child *pgtools.Process
	toc   *archive.TOC
	// data is the output after the table of contents.
	data *bufio.Reader
}

// open starts a pg_dump and reads its table of contents. The server drops a
// pg_dump that acknowledges no data for timeout.
func (j *job) open(ctx context.Context, timeout time.Duration, more ...string) (*opened, error) {
	child, err := pgtools.Start(ctx, j.pgDump(timeout, more...))
	if err != nil {
		return nil, fmt.Errorf("start pg_dump: %w", err)
	}
	o := &opened{child: child, data: bufio.NewReaderSize(&watched{child.Stdout(), j.meter}, 64<<10)}
	if o.toc, err = archive.ReadTOCWithin(o.data, j.room()); err != nil {
		return nil, j.unreadable(child.Abandon(), err)
	}
	return o, nil
}

// unreadable returns the reason why the table of contents could not be read.
func (j *job) unreadable(own, err error) error {
	switch {
	case own != nil:
		return fmt.Errorf("read the schema of database %q: %w", j.target.Database, own)
	case errors.Is(err, archive.ErrTooLarge):
		return failure.Wrap(err, failure.DumpRefused,
			"Divide the database: one dump has room for about 600,000 tables, indexes, constraints, grants and other objects.",
			"database %q of server %s has too many objects for one dump", j.target.Database, j.target.Host)
	case errors.Is(err, archive.ErrUnknownVersion):
		return failure.Wrap(err, failure.BackupToolNotFound,
			fmt.Sprintf("Install the client programs of PostgreSQL %d on every worker, or a newer pgvault.", j.result.Server.Major),
			"pg_dump %s writes archives that this pgvault does not know", j.result.Tool.Version)
	}
	return fmt.Errorf("read the schema of database %q from pg_dump %s: %w", j.target.Database, j.result.Tool.Version, err)
}

// pgDump returns the command for a whole archive, which both methods run.
func (j *job) pgDump(timeout time.Duration, more ...string) pgtools.Command {
	var env []string
	if j.direct {
		env = pgtools.SessionEnv(j.result.Server.Major, timeout)
	}
	compress := pgtools.CompressArg(j.result.Tool.Major, j.encoder.String(), j.encoder.level)
	args := slices.Concat(pgtools.DumpArgs(j.LockTimeout, j.result.Database.Encoding), pgtools.AsRole(j.role), j.statistics(), []string{compress}, more)
	return pgtools.Command{Path: j.result.Tool.Path(pgtools.Dump), Args: args, Target: j.target, ExtraEnv: env}
}

// statistics returns the argument for the planner's statistics if they are
// requested.
func (j *job) statistics() []string {
	if !j.Statistics {
		return nil
	}
	return []string{"--statistics"}
}

// watched touches the meter with every read: a database that compresses well
// yields bytes long before a block is full.
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
