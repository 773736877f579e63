package dump

import (
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
)

// singleStream stores what one pg_dump writes to its standard output. Only its
// table of contents is stored last, when it can say where the data is: a pg_dump
// that writes to a pipe cannot go back to say it.
func (j *job) singleStream(ctx context.Context, reason string) error {
	j.close(ctx)
	j.meter.Phase("dump")
	j.meter.Expect(0) // what the tables take in the server is not what they take here
	assembly := j.Container.NewAssembly(ctx, j.Blob, blobstore.NewAssemblyPlan(1, j.result.Database.SizeBytes, j.MemoryBudget), j.meter.Touch)
	front, data := assembly.NewRun(), assembly.NewRun()
	toc, err := j.pipe(ctx, data)
	if err == nil {
		err = finish(front, toc.WithOffsets(toc.Offsets()))
	}
	if stored := assembly.Wait(); stored != nil && (err == nil || ctx.Err() == nil) {
		err = fmt.Errorf("store the dump: %w", stored)
	}
	if err != nil {
		return err
	}
	j.result.Layout = Layout{Method: SingleStream, Reason: reason, Connections: 1, TOCSize: toc.Size()}
	order := append(front.Blocks(), data.Blocks()...)
	return j.commit(ctx, blobstore.BlocksOf(order), func(ctx context.Context, meta blobstore.Meta) (blobstore.Blob, error) {
		return assembly.Commit(ctx, order, meta)
	})
}

// pipe stores the data that a pg_dump writes, and gives the table of contents
// with the places of that data.
func (j *job) pipe(ctx context.Context, data *blobstore.Run) (*archive.TOC, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	child, err := pgtools.Start(ctx, j.pgDump())
	if err != nil {
		return nil, fmt.Errorf("start pg_dump: %w", err)
	}
	output := &watched{reader: child.Stdout(), meter: j.meter}
	from := bufio.NewReaderSize(output, 64<<10)
	toc, err := archive.ReadTOC(from)
	if err != nil {
		return nil, j.unreadable(child, output.ended, err)
	}
	j.meter.ExpectTables(tables(toc))
	passed := func(e *archive.Entry) {
		if e.Desc == archive.DescTableData {
			j.meter.Done(1)
		}
	}
	if err := toc.Locate(io.TeeReader(from, counted{data, j.meter}), passed); err != nil {
		data.Discard()
		return nil, j.cutShort(child, output.ended, err)
	}
	data.End()
	done, err := child.Wait()
	if err != nil {
		return nil, fmt.Errorf("dump database %q: %w", j.target.Database, err)
	}
	j.result.Warnings = done.Warnings
	return toc, nil
}

// tables are how many have rows in the archive.
func tables(toc *archive.TOC) (n int) {
	for i := range toc.Entries {
		if e := &toc.Entries[i]; e.HasData() && e.Desc == archive.DescTableData {
			n++
		}
	}
	return n
}

// cutShort tells why the data did not come to its end: pg_dump's own reason, if
// it has ended by itself.
func (j *job) cutShort(child *pgtools.Process, ended bool, err error) error {
	if ended {
		if _, failed := child.Wait(); failed != nil {
			err = failed
		}
	}
	child.Stop()
	return fmt.Errorf("dump database %q: %w", j.target.Database, err)
}

// counted counts what is written.
type counted struct {
	to    io.Writer
	meter *progress.Meter
}

func (c counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.meter.Add(int64(n))
	return n, err
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
// bytes long before a block of them is full.
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
