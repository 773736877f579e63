package checks

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/signin"
)

// Bounds bound the work of amcheck.
type Bounds struct {
	Connections int
	// Within is the time for all relations together. Relations that are not checked
	// by then are not proven.
	Within time.Duration
}

// AMCheck checks the structure of each B-tree index of a database and that it has every
// row of its table, and from PostgreSQL 14 on also each table. It creates the extension
// amcheck in the database if it is not there. The server's own relations are left out.
func (r Runner) AMCheck(ctx context.Context, account signin.Account, b Bounds, m *progress.Meter) (proof.AMCheck, error) {
	m.Phase(proof.PhaseAMCheck)
	lister, err := signin.Open(ctx, r.Source, account)
	if err != nil {
		return proof.AMCheck{}, err
	}
	defer lister.Close(context.WithoutCancel(ctx))
	functions, reason, err := provide(ctx, lister)
	if err != nil || reason != "" {
		return proof.AMCheck{Unavailable: reason}, err
	}
	c := checking{Runner: r, account: account, functions: functions, until: r.Now().Add(b.Within), meter: m}
	work, ctx := errgroup.WithContext(ctx)
	relations := make(chan relation)
	work.Go(func() error {
		defer close(relations)
		return functions.list(ctx, lister, relations)
	})
	for range b.Connections {
		work.Go(func() error { return c.check(ctx, relations) })
	}
	if err := work.Wait(); err != nil {
		return proof.AMCheck{}, err
	}
	return c.tally.result(), nil
}

// checking is one run of amcheck over several connections.
type checking struct {
	Runner
	account   signin.Account
	functions functions
	until     time.Time
	meter     *progress.Meter

	mu    sync.Mutex
	tally tally
}

// check checks relations over one connection.
func (c *checking) check(ctx context.Context, relations <-chan relation) error {
	s := session{Runner: c.Runner, account: c.account}
	defer s.close(ctx)
	// The limit of each statement ends it, and little data moves.
	line := c.meter.Line("check indexes and tables", func(context.Context) bool { return true })
	defer line.Close()
	for relation := range relations {
		left := c.until.Sub(c.Now())
		if left < time.Millisecond {
			c.count(relation, 0, errOutOfTime)
			continue
		}
		found, err := c.verify(ctx, &s, left, relation)
		var none *broken
		if err != nil && !errors.As(err, &none) {
			return err
		}
		c.count(relation, found, err)
		line.Touch()
	}
	return nil
}

var errOutOfTime = &broken{reason: "the time for amcheck was over"}

// verify returns the number of corruptions of a relation.
func (c *checking) verify(ctx context.Context, s *session, limit time.Duration, of relation) (found int, err error) {
	err = s.run(ctx, limit, func(ctx context.Context, conn *pgx.Conn) error {
		found = 0
		if of.index {
			_, err := conn.Exec(ctx, fmt.Sprintf("SELECT %s($1::int8::oid::regclass, true)", c.functions.index), int64(of.oid))
			return err
		}
		return conn.QueryRow(ctx, fmt.Sprintf("SELECT count(*) FROM %s($1::int8::oid::regclass, true, true, 'none', NULL, NULL)", c.functions.table), int64(of.oid)).Scan(&found)
	})
	return found, err
}

func (c *checking) count(of relation, found int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tally.add(of, found, err)
}
