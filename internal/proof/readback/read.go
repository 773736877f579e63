package readback

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy/pieces"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// tries is the number of times a unit is started if its connection is lost.
const tries = 3

// reading is a comparison that reads rows.
type reading struct {
	lead  *leader
	units chan *unit
	meter *progress.Meter
	mu    sync.Mutex // guards the tables
}

// readAll reads all units over the request's number of connections, or as many as
// the server has.
func (c Comparer) readAll(ctx context.Context, r Request, lead *leader, units []*unit, m *progress.Meter) error {
	g := &reading{lead: lead, units: make(chan *unit, len(units)), meter: m}
	for _, u := range units {
		g.units <- u
	}
	close(g.units)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := g.readUnits(ctx, lead.data)
		return err
	})
	for range min(r.connections(), len(units)) - 1 {
		group.Go(func() error {
			conn, err := lead.join(ctx)
			if postgres.IsTooMany(err) {
				return nil // the other connections do the work
			}
			if err != nil {
				return err
			}
			conn, err = g.readUnits(ctx, conn)
			conn.Close()
			return err
		})
	}
	return group.Wait()
}

// readUnits reads units over a connection until none is left. It returns the
// connection in use, which is another one if the first was lost.
func (g *reading) readUnits(ctx context.Context, conn *pgcopy.Conn) (*pgcopy.Conn, error) {
	w := &reader{conn: conn, meter: g.meter}
	for u := range g.units {
		if err := g.readUnit(ctx, w, u); err != nil {
			return w.conn, fmt.Errorf("read %s back: %w", u.name(), err)
		}
		g.done(u)
	}
	return w.conn, nil
}

// readUnit reads a unit, and again over a new connection if its own is lost. The
// leader's cannot be replaced, since its snapshot is lost with it.
func (g *reading) readUnit(ctx context.Context, w *reader, u *unit) error {
	for try := 1; ; try++ {
		err := w.read(ctx, u)
		if err == nil || ctx.Err() != nil {
			return err
		}
		err = postgres.Classify(err, g.lead.session.Target)
		if try == tries || w.conn == g.lead.data || failure.CodeOf(err) != failure.ServerConnectionClosed {
			return err
		}
		w.conn.Close()
		if w.conn, err = g.lead.join(ctx); err != nil {
			return err
		}
	}
}

// done adds the results of a unit to its tables.
func (g *reading) done(u *unit) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.meter.Add(u.part(u.bytes))
	for i, p := range u.parts {
		p.table.found.Add(u.rows[i])
		if p.table.left--; p.table.left == 0 {
			g.meter.Done(1)
		}
	}
}

// reader is a connection that reads units.
type reader struct {
	conn   *pgcopy.Conn
	meter  *progress.Meter
	hasher fingerprint.Hasher
}

// read reads a unit. All tables of a unit are read with one message to the server:
// on a connection with a high latency, each round trip would cost as much as a
// small table.
func (w *reader) read(ctx context.Context, u *unit) error {
	u.rows, u.found = u.rows[:0], u.found[:0]
	if len(u.parts) == 0 {
		oids := make([]uint32, len(u.objects))
		for i, o := range u.objects {
			oids[i] = o.OID
		}
		return pieces.CopyObjects(ctx, w.conn, oids, &objectSink{unit: u, meter: w.meter, hasher: fingerprint.NewObjectHasher()})
	}
	statements := make([]string, len(u.parts))
	for i, p := range u.parts {
		statements[i] = p.sql
	}
	w.hasher = fingerprint.Hasher{}
	return w.conn.Copy(ctx, strings.Join(statements, ";\n"), &rowSink{unit: u, reader: w})
}

// rowSink computes the fingerprints of the tables of a unit one after another.
type rowSink struct {
	unit   *unit
	reader *reader
}

var _ pgcopy.Sink = (*rowSink)(nil)

func (s *rowSink) Begin() error { return nil }

func (s *rowSink) Write(rows []byte, ends []int) error {
	s.reader.hasher.WriteRows(rows, ends)
	s.reader.meter.Add(s.unit.part(int64(len(rows))))
	s.reader.meter.Touch()
	return nil
}

func (s *rowSink) End(count int64) error {
	found, err := s.reader.hasher.EndOf(count)
	if err != nil {
		return err
	}
	s.unit.rows = append(s.unit.rows, found)
	return nil
}

// objectSink computes the fingerprints of the large objects of a unit.
type objectSink struct {
	unit   *unit
	meter  *progress.Meter
	hasher *fingerprint.ObjectHasher
}

var _ pieces.Receiver = (*objectSink)(nil)

func (s *objectSink) Begin(oid uint32) error {
	s.hasher.Begin(oid)
	return nil
}

func (s *objectSink) Write(content []byte) (int, error) {
	n, err := s.hasher.Write(content)
	s.meter.Add(s.unit.part(int64(n)))
	s.meter.Touch()
	return n, err
}

func (s *objectSink) End() error {
	s.unit.found = append(s.unit.found, s.hasher.End())
	return nil
}
