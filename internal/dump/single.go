package dump

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/postgres"
)

// singleStream stores the output of one pg_dump. It stores the table of
// contents last, with the offsets of the data: a pg_dump that writes to a pipe
// cannot fill them in.
func (j *job) singleStream(ctx context.Context, reason string) error {
	j.meter.Phase("dump")
	j.meter.Estimate(j.EarlierSize) // the tables' size in the server is not the archive's
	assembly := j.Container.NewAssembly(ctx, j.Blob, blobstore.NewAssemblyPlan(1, j.result.Database.SizeBytes, j.MemoryBudget), j.meter.Touch)
	front, data := assembly.NewRun(), assembly.NewRun()
	prints := j.newStream(ctx)
	toc, err := j.pipe(ctx, data, prints)
	if err == nil {
		err = finish(front, toc.WithOffsets(toc.Offsets()))
	}
	if err := stored(ctx, assembly, err); err != nil {
		return err
	}
	j.result.Layout = Layout{Method: SingleStream, Reason: reason, Connections: 1, TOCSize: toc.Size()}
	return j.commit(ctx, assembly, []*blobstore.Run{front, data}, content{toc, []*unit{&prints.unit}, prints.objects})
}

// pipe stores the data that pg_dump writes. It returns the table of contents
// with the offsets of that data. prints reads the data while it passes.
func (j *job) pipe(ctx context.Context, data *blobstore.Run, prints *stream) (*archive.TOC, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	from, err := j.open(ctx, postgres.StreamTimeout(j.Patience))
	if err != nil {
		return nil, err
	}
	toc := from.toc
	j.meter.ExpectTables(tables(toc))
	if err := toc.LocateData(io.TeeReader(from.data, io.MultiWriter(data, j.meter)), prints.block); err != nil {
		data.Discard()
		return nil, fmt.Errorf("dump database %q: %w", j.target.Database, cmp.Or(from.child.Abandon(), err))
	}
	data.End()
	done, err := from.child.Wait()
	if err != nil {
		return nil, fmt.Errorf("dump database %q: %w", j.target.Database, err)
	}
	j.result.Warnings = append(j.result.Warnings, done.Warnings...)
	return toc, nil
}

// tables returns the number of tables with rows in the archive.
func tables(toc *archive.TOC) (n int) {
	for i := range toc.Entries {
		if e := &toc.Entries[i]; e.HasData() && e.Desc == archive.DescTableData {
			n++
		}
	}
	return n
}
