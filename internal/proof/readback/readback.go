package readback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/signin"
)

// DefaultConnections is the default number of connections that read.
const DefaultConnections = 4

// Comparer holds what a comparison needs from the worker.
type Comparer struct {
	Source signin.Source
	// Memory is shared by all jobs of the worker.
	Memory *memory.Budget
	// StallTimeout is the time without any data moved after which a comparison
	// fails; 0 means half an hour.
	StallTimeout time.Duration
}

// Request is a request to compare a restored database.
type Request struct {
	// Account signs in to the restored database.
	Account signin.Account
	// Name names the fingerprints in messages, such as "fingerprints of recovery
	// point ID".
	Name string
	// Fingerprints opens the stored fingerprints.
	Fingerprints func(context.Context) (io.ReadCloser, error)
	// Only, if not nil, selects what was restored.
	Only *Selection
	// Connections is the number of connections that read; 0 means
	// [DefaultConnections].
	Connections int
}

// Selection is the restored part of a dump.
type Selection struct {
	// Tables has the dump IDs of the rows that were restored.
	Tables map[int]bool
	// Schemas are the schemas that the tables were restored into, by those of the
	// dump. Others kept theirs.
	Schemas map[fingerprint.Name]fingerprint.Name
	// Sequences are the sequences whose values were restored.
	Sequences map[fingerprint.TableName]bool
	// LargeObjects reports whether the large objects were restored.
	LargeObjects bool
}

// stallTimeout is long, since the server may read from disk for long before it
// sends the first row that an extension's condition admits.
const stallTimeout = 30 * time.Minute

// Compare reads the database and returns what it found. An error means that the
// database could not be read to its end, and not that it differs.
func (c Comparer) Compare(ctx context.Context, r Request, m *progress.Meter) (compared proof.Compared, err error) {
	ctx, stop := progress.Watch(ctx, m, cmp.Or(c.StallTimeout, stallTimeout))
	defer stop()
	job := memory.Job{
		Name: "the comparison with the " + r.Name, Meter: m,
		Remedy: "Or compare over fewer connections.",
	}
	err = c.Memory.Run(ctx, job, r.memory(), func(ctx context.Context, share *memory.Share) (err error) {
		compared, err = c.compare(ctx, r, share, m)
		return err
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	return compared, err
}

func (r Request) connections() int { return cmp.Or(r.Connections, DefaultConnections) }

// memory returns the memory that a comparison takes besides the fingerprints, in
// bytes.
func (r Request) memory() int64 { return int64(r.connections()+1) * pgcopy.Memory }

func (c Comparer) compare(ctx context.Context, r Request, share *memory.Share, m *progress.Meter) (proof.Compared, error) {
	m.Phase("read the fingerprints")
	e, err := r.expected(ctx, share)
	if err != nil {
		return proof.Compared{}, err
	}
	m.Phase("compare")
	lead, err := c.lead(ctx, r, e)
	if err != nil {
		return proof.Compared{}, r.orDamaged(err)
	}
	defer lead.close(ctx)
	if err := lead.survey(ctx, e, share); err != nil {
		return proof.Compared{}, lead.classified(ctx, "look at the restored tables", err)
	}
	if lead.data, err = pgcopy.Take(lead.session.Conn); err != nil {
		return proof.Compared{}, err
	}
	units := e.plan(r.connections(), lead.serverMajor)
	expectWork(m, units)
	if err := c.readAll(ctx, r, lead, units, m); err != nil {
		return proof.Compared{}, err
	}
	return e.outcome(units), nil
}

// expected reads the selected part of the fingerprints within the share.
func (r Request) expected(ctx context.Context, share *memory.Share) (*expected, error) {
	body, err := r.Fingerprints(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the %s: %w", r.Name, err)
	}
	defer func() { _ = body.Close() }()
	file, err := fingerprint.Decode(body, share.Grow)
	if err != nil {
		return nil, r.orDamaged(err)
	}
	e, err := expect(file, r.Only, share)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	return e, nil
}

// orDamaged returns an error with the code of damaged fingerprints if it is one.
func (r Request) orDamaged(err error) error {
	if !errors.Is(err, fingerprint.ErrDamaged) {
		return err
	}
	return failure.Wrap(err, failure.VerificationFailed, "Compare another recovery point; this one can be restored without a comparison.", "the %s are damaged", r.Name)
}
