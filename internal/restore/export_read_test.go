package restore

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore/selection"
)

// ReadAsLoaded reads and decodes the data that a restore of wanted reads, and
// discards it.
func ReadAsLoaded(ctx context.Context, dump Dump, wanted selection.Request) error {
	toc, chosen, err := dump.choose(ctx, wanted, nil)
	if err != nil {
		return err
	}
	l := &loading{dump: dump, toc: toc, chosen: chosen, meter: progress.NewMeter(time.Now, "read")}
	if err := l.locate(ctx); err != nil {
		return err
	}
	parts, err := l.parts()
	if err != nil {
		return err
	}
	if wanted.Content == selection.DataOnly {
		l.tally = newTally(l.meter, parts)
		line := l.meter.Line("read", nil)
		defer line.Close()
		pieces := &pieceReader{ctx: ctx, loader: &loader{loading: l, line: line}, left: parts}
		defer pieces.close()
		_, err := io.Copy(io.Discard, pieces)
		return err
	}
	parts = share(parts, DefaultConnections)
	l.tally = newTally(l.meter, parts)
	for _, regions := range runs(parts) {
		if err := l.readRun(ctx, regions); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) readRun(ctx context.Context, regions run) error {
	body, err := l.dump.Open(ctx, regions[0].offset, regions.length())
	if err != nil {
		return err
	}
	defer func() { _ = body.Close() }()
	for _, part := range regions {
		from := io.LimitReader(body, part.length)
		if err := l.readRegion(from, part); err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, from); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) readRegion(from io.Reader, part region) error {
	if part.entry.Desc != archive.DescLargeObjects {
		rows, err := archive.NewTableReader(from, l.toc.Header, part.entry.DumpID, part.part)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, rows)
		return errors.Join(err, rows.Close())
	}
	objects := archive.NewLargeObjectReader(from, l.toc.Header, part.entry.DumpID, part.part)
	for {
		_, content, err := objects.Next()
		if errors.Is(err, io.EOF) {
			return objects.Close()
		}
		if err == nil {
			_, err = io.Copy(io.Discard, content)
		}
		if err != nil {
			return err
		}
	}
}
