package restore

import (
	"context"
	"errors"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
)

// pieceReader reads the rows of a table's regions one after another.
type pieceReader struct {
	ctx context.Context
	*loader
	left []region
	part region // the region being read
	body io.Closer
	rows *archive.TableReader // nil between regions
}

func (p *pieceReader) Read(b []byte) (int, error) {
	for {
		if p.rows == nil {
			if err := p.open(); err != nil {
				return 0, err
			}
		}
		n, err := p.rows.Read(b)
		if n > 0 || err == nil {
			return n, nil
		}
		if !errors.Is(err, io.EOF) {
			return 0, err
		}
		p.tally.read(p.part, p.rows.Checksum())
		p.close()
	}
}

// open opens the next region. It returns io.EOF after the last.
func (p *pieceReader) open() error {
	if len(p.left) == 0 {
		return io.EOF
	}
	part := p.left[0]
	p.part, p.left = part, p.left[1:]
	body, err := p.dump.Open(p.ctx, part.offset, part.length)
	if err != nil {
		return err
	}
	p.body = body
	p.rows, err = p.tableReader(p.ctx, io.TeeReader(body, p.line), part)
	return err
}

func (p *pieceReader) close() {
	if p.rows != nil {
		_ = p.rows.Close()
	}
	if p.body != nil {
		_ = p.body.Close()
	}
	p.rows, p.body = nil, nil
}
