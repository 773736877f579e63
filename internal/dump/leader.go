package dump

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
)

const (
	// pingInterval keeps a leader that waits from being cut off as idle: five
	// minutes are common in what lies between.
	pingInterval = 30 * time.Second
	// leaderLockTimeout is more than what takes tables away for a moment, such
	// as an autovacuum that truncates.
	leaderLockTimeout = 10 * time.Second
	// lockBatch is how many tables one statement locks.
	lockBatch = 500
)

// leader is the connection whose snapshot all others share. It holds a lock on
// every table until the end: without it, what a TRUNCATE took away would be
// missing from the data and nobody would know.
type leader struct {
	job      *job
	conn     *pgx.Conn
	snapshot string

	// mu is held by whoever uses data, which conn becomes once its facts are read.
	mu   sync.Mutex
	data *pgcopy.Conn
}

// lead makes the job's session the leader.
func (j *job) lead(ctx context.Context) (*leader, error) {
	l := &leader{job: j, conn: j.session.Conn}
	if _, err := l.conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); err != nil {
		return nil, fmt.Errorf("begin the dump's transaction: %w", j.classified(err))
	}
	if err := l.conn.QueryRow(ctx, "SELECT pg_catalog.pg_export_snapshot()").Scan(&l.snapshot); err != nil {
		if refusal, ok := refusalOf(err); ok {
			return nil, &unshareable{reason: "the server does not export snapshots: " + refusal.Message}
		}
		return nil, fmt.Errorf("export the snapshot: %w", j.classified(err))
	}
	return l, nil
}

// facts are what the catalogs say of the tables in a table of contents.
type facts struct {
	tables map[uint32]tableFacts
	// objects are all large objects, by OID, and objectBytes what they take.
	objects     []object
	objectBytes int64
}

// object is a large object. What a role may not see the size of is taken to be
// as large as the others.
type object struct {
	oid   uint32
	bytes int64
}

type tableFacts struct {
	// Pages are of the table's own file, Bytes of that and of its TOAST table.
	Pages, Bytes int64
	Heap         bool
	// Condition is what an extension restricts the dump of its table to, as
	// "WHERE …"; empty for all other tables.
	Condition string
}

// look locks the tables and reads their facts.
func (l *leader) look(ctx context.Context, toc *archive.TOC) (facts, error) {
	var oids []uint32
	var names []string
	for i := range toc.Entries {
		if e := &toc.Entries[i]; e.HasData() && e.Desc == archive.DescTableData {
			oids, names = append(oids, e.OID), append(names, qualified(e))
		}
	}
	// The names are in the archive's encoding, as pg_dump wrote them.
	if _, err := l.conn.Exec(ctx, "SET client_encoding = "+postgres.QuoteLiteral(toc.Encoding())); err != nil {
		return facts{}, fmt.Errorf("set the archive's encoding: %w", l.job.classified(err))
	}
	if err := l.lock(ctx, names); err != nil {
		return facts{}, err
	}
	f, err := l.read(ctx, oids)
	if err != nil {
		return facts{}, fmt.Errorf("read the sizes of the tables: %w", l.job.classified(err))
	}
	l.data, err = pgcopy.Take(l.conn)
	return f, err
}

func (l *leader) lock(ctx context.Context, names []string) error {
	if _, err := l.conn.Exec(ctx, fmt.Sprintf("SET LOCAL lock_timeout = %d", leaderLockTimeout.Milliseconds())); err != nil {
		return fmt.Errorf("lock the tables: %w", l.job.classified(err))
	}
	for begin := 0; begin < len(names); begin += lockBatch {
		_, err := l.conn.Exec(ctx, lockTables(names[begin:min(begin+lockBatch, len(names))], ""))
		if refusal, ok := refusalOf(err); ok && (refusal.Code == lockNotAvailable || refusal.Code == outOfMemory) {
			return &unshareable{reason: "a second session could not lock the tables: " + printable(refusal.Message)}
		}
		if err != nil {
			return fmt.Errorf("lock the tables: %w", l.job.classified(err))
		}
		l.job.meter.Touch()
	}
	return nil
}

// The SQLSTATEs that are looked for.
const (
	lockNotAvailable = "55P03"
	outOfMemory      = "53200"
	badSnapshot      = "22023"
)

const tableQuery = `
	SELECT c.oid, pg_relation_size(c.oid) / current_setting('block_size')::int,
		pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0),
		c.relkind = 'r' AND coalesce(a.amname = 'heap', false),
		coalesce((SELECT e.extcondition[array_position(e.extconfig, c.oid)] FROM pg_extension e WHERE c.oid = ANY (e.extconfig) LIMIT 1), '')
	FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.oid = ANY ($1)`

func (l *leader) read(ctx context.Context, oids []uint32) (facts, error) {
	f := facts{tables: make(map[uint32]tableFacts, len(oids))}
	rows, err := l.conn.Query(ctx, tableQuery, oids)
	if err != nil {
		return f, err
	}
	var oid uint32
	var t tableFacts
	_, err = pgx.ForEachRow(rows, []any{&oid, &t.Pages, &t.Bytes, &t.Heap, &t.Condition}, func() error {
		f.tables[oid] = t
		return nil
	})
	if err != nil {
		return f, err
	}
	f.objects, f.objectBytes, err = l.objects(ctx)
	return f, err
}

// objectSizes looks for the last page of each object, by the catalog's index.
// The catalog is the superuser's own, unless somebody was granted it.
const (
	objectSizes = `SELECT m.oid, coalesce((SELECT (l.pageno + 1)::bigint * current_setting('block_size')::int / 4
			FROM pg_largeobject l WHERE l.loid = m.oid ORDER BY l.pageno DESC LIMIT 1), 0)
		FROM pg_largeobject_metadata m ORDER BY m.oid`
	objectShares = `SELECT oid, pg_relation_size('pg_largeobject') / count(*) OVER () FROM pg_largeobject_metadata ORDER BY oid`
)

func (l *leader) objects(ctx context.Context) (all []object, bytes int64, err error) {
	var readable bool
	if err := l.conn.QueryRow(ctx, `SELECT has_table_privilege('pg_largeobject', 'SELECT')`).Scan(&readable); err != nil {
		return nil, 0, err
	}
	query := objectShares
	if readable {
		query = objectSizes
	}
	rows, err := l.conn.Query(ctx, query)
	if err != nil {
		return nil, 0, err
	}
	var o object
	_, err = pgx.ForEachRow(rows, []any{&o.oid, &o.bytes}, func() error {
		all, bytes = append(all, o), bytes+o.bytes
		return nil
	})
	return all, bytes, err
}

// serve copies what the other connections could not lock: somebody's ALTER
// TABLE stands in the queue behind the leader's lock, and they would stand
// behind it. Between them it shows that it is alive. It ends when all is
// copied, and by that tells that the locks were held all the time.
func (l *leader) serve(ctx context.Context, c *copier) error {
	worker, err := c.newWorker(l.data)
	if err != nil {
		return err
	}
	tick := time.NewTicker(pingInterval)
	defer tick.Stop()
	for {
		select {
		case u := <-c.queue.refused:
			if err := l.copy(ctx, worker, u); err != nil {
				return c.failed(u, err)
			}
			c.queue.done()
		case <-tick.C:
			if err := l.ping(ctx); err != nil {
				return err
			}
		case <-c.queue.empty:
			return l.ping(ctx)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (l *leader) copy(ctx context.Context, w *worker, u *unit) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.data.Exec(ctx, sessionSettings(w.toc, w.job.Patience)); err != nil {
		return err
	}
	return w.copy(ctx, u)
}

// ping shows that the snapshot and the locks are held.
func (l *leader) ping(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.data.Exec(ctx, "SELECT 1")
	if err == nil || ctx.Err() != nil {
		return err
	}
	return failure.Wrap(err, failure.ServerConnectionClosed, "It is tried again. If it stays so, look at the server's log, and for what cuts off connections between it and the worker.",
		"server %s closed the connection that held the dump's snapshot and locks", l.job.target.Server())
}

func (l *leader) close() {
	if l.data != nil {
		l.data.Close()
		l.job.session = nil // its connection is the one just closed
	}
}

// refusalOf returns the server's error.
func refusalOf(err error) (*pgconn.PgError, bool) {
	var refusal *pgconn.PgError
	return refusal, errors.As(err, &refusal)
}
