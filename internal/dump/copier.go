package dump

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
)

// tries is the number of times a unit is started if its connection is lost.
const tries = 3

// copier copies units over several connections.
type copier struct {
	*job
	leader   *leader
	assembly *blobstore.Assembly
	// settings is the SQL that prepares the session of a data connection.
	settings string
	queue    *queue
	// refused reports whether the server had fewer connections than requested.
	refused atomic.Bool
}

// run copies all units and returns the number of connections used.
func (c *copier) run(ctx context.Context) (connections int, err error) {
	first, err := c.first(ctx)
	if err != nil {
		return 0, err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return c.copyAll(ctx, first) })
	var more atomic.Int64
	for range c.Connections - 1 {
		work.Go(func() error {
			conn, err := c.connect(ctx)
			if postgres.IsTooMany(err) {
				c.refused.Store(true)
				return nil // the other connections do the work
			}
			if err != nil {
				return err
			}
			more.Add(1)
			return c.copyAll(ctx, conn)
		})
	}
	work.Go(func() error { return c.leader.serve(ctx, c) })
	err = work.Wait()
	return 1 + int(more.Load()), err
}

// first opens the first connection.
func (c *copier) first(ctx context.Context) (conn *pgcopy.Conn, err error) {
	err = postgres.AwaitPlace(ctx, func() error {
		conn, err = c.connect(ctx)
		return err
	})
	if postgres.IsTooMany(err) {
		return nil, c.noSecondConnection()
	}
	return conn, err
}

// copyAll copies units over one connection until none is left.
func (c *copier) copyAll(ctx context.Context, conn *pgcopy.Conn) error {
	worker, err := c.newWorker(conn)
	if err != nil {
		conn.Close()
		return err
	}
	defer func() { worker.conn.Close() }()
	c.queue.join()
	for u := c.queue.next(); u != nil; u = c.queue.next() {
		err := c.copyUnit(ctx, worker, u)
		if errors.Is(err, errNoConnection) {
			return nil // the other connections do the work
		}
		if err != nil {
			return c.failed(u, err)
		}
	}
	return nil
}

// errNoConnection is returned if a connection was lost, the server has no other one,
// and the other connections copy its unit.
var errNoConnection = errors.New("the server has no other connection")

// copyUnit copies a unit, and starts it again over a new connection if its
// connection is lost. The snapshot is the leader's and is not lost with it.
func (c *copier) copyUnit(ctx context.Context, w *worker, u *unit) error {
	for try := 1; ; try++ {
		err := w.copy(ctx, u)
		if err == nil {
			c.queue.done()
			return nil
		}
		refusal, refused := refusalOf(err)
		switch {
		case refused && refusal.Code == lockNotAvailable:
			c.queue.refused <- u
			return c.renew(ctx, w, nil)
		case try == tries || ctx.Err() != nil || failure.CodeOf(c.classified(err)) != failure.ServerConnectionClosed:
			return err
		}
		if err := c.renew(ctx, w, u); err != nil {
			return err
		}
	}
}

// renew replaces a connection that is lost or whose transaction has failed. If
// the server has no other connection, it returns the unit to the queue.
func (c *copier) renew(ctx context.Context, w *worker, u *unit) error {
	w.conn.Close()
	conn, err := c.connect(ctx)
	if err == nil {
		w.conn = conn
		return nil
	}
	if postgres.IsTooMany(err) && c.queue.leave(u) {
		return errNoConnection
	}
	return err
}

// connect opens a connection that shares the leader's snapshot.
func (c *copier) connect(ctx context.Context) (*pgcopy.Conn, error) {
	conn, err := postgres.Connect(ctx, c.target)
	if err != nil {
		return nil, err
	}
	data, err := pgcopy.Take(conn)
	if err != nil {
		return nil, err
	}
	if err := data.Exec(ctx, c.settings); err != nil {
		data.Close()
		return nil, c.classified(err)
	}
	err = data.Exec(ctx, shareSnapshot(c.leader.snapshot))
	if err == nil {
		return data, nil
	}
	data.Close()
	if refusal, ok := refusalOf(err); ok && refusal.Code == badSnapshot {
		if err := c.leader.ping(ctx); err != nil {
			return nil, err // the snapshot is lost too
		}
		return nil, &unshareable{reason: "a second session does not see the first one's snapshot: " + refusal.Message}
	}
	return nil, c.classified(err)
}

// failed returns err with the name of the unit.
func (c *copier) failed(u *unit, err error) error {
	return fmt.Errorf("copy %s: %w", u.name(), c.classified(err))
}

// worker is a connection that copies units, with its buffers.
type worker struct {
	job     *job
	store   *blobstore.Assembly
	conn    *pgcopy.Conn
	encoder *archive.Encoder
	// settings is the SQL that prepares its session.
	settings string
}

func (c *copier) newWorker(conn *pgcopy.Conn) (*worker, error) {
	encoder, err := archive.NewEncoder(c.encoder.Compression, c.encoder.level)
	return &worker{job: c.job, store: c.assembly, conn: conn, encoder: encoder, settings: c.settings}, err
}

// copy copies a unit into a run of its own.
func (w *worker) copy(ctx context.Context, u *unit) error {
	run := w.store.NewRun()
	var err error
	if u.objectsOf != nil {
		err = w.copyObjects(ctx, u, run)
	} else {
		err = w.copyTables(ctx, u, run)
	}
	if err != nil {
		run.Discard()
		return err
	}
	run.End()
	u.run = run
	w.job.meter.Add(u.weight.rest())
	w.job.meter.Done(u.items())
	return nil
}
