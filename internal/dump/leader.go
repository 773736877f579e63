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
	// pingInterval is short enough to keep an idle leader connected. Proxies
	// and firewalls commonly close connections that are idle for five minutes.
	pingInterval = 30 * time.Second
	// leaderLockTimeout is longer than brief exclusive locks, such as that of
	// an autovacuum that truncates.
	leaderLockTimeout = 10 * time.Second
	// lockBatch is the number of tables that one statement locks.
	lockBatch = 500
)

// leader is the connection whose snapshot the others share. It holds a lock on
// every table until the end. Without the lock, rows removed by a TRUNCATE would
// be missing from the dump unnoticed.
type leader struct {
	job      *job
	conn     *pgx.Conn
	snapshot string

	// mu guards data, which is conn once the facts are read.
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

// facts are the properties of the dumped tables in the catalogs.
type facts struct {
	tables map[uint32]tableFacts
	// objects are all large objects, by OID, and objectBytes is their total
	// size.
	objects     []object
	objectBytes int64
}

// object is a large object. If the role may not read its size, it is assumed to
// be as large as the others.
type object struct {
	oid   uint32
	bytes int64
}

type tableFacts struct {
	// Pages is the number of pages of the table's own file. Bytes is the size
	// of that file and the TOAST table.
	Pages, Bytes int64
	Heap         bool
	// Condition is the clause by which an extension restricts the dump of its
	// table, as "WHERE …"; empty for other tables.
	Condition string
}

// lockTables locks the tables and reads their facts.
func (l *leader) lockTables(ctx context.Context, toc *archive.TOC) (facts, error) {
	var oids []uint32
	var names []string
	for i := range toc.Entries {
		if e := &toc.Entries[i]; e.HasData() && e.Desc == archive.DescTableData {
			oids, names = append(oids, e.OID), append(names, qualified(e))
		}
	}
	// pg_dump wrote the names in the archive's encoding.
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

// SQLSTATEs.
const (
	lockNotAvailable = "55P03"
	outOfMemory      = "53200"
	badSnapshot      = "22023"
)

const (
	// maxCondition bounds the condition by which an extension restricts the dump of a
	// table, and maxConditions those of all tables, in bytes.
	maxCondition  = 64 << 10
	maxConditions = 8 << 20
)

const tableQuery = `
	SELECT c.oid, pg_relation_size(c.oid) / current_setting('block_size')::int,
		pg_relation_size(c.oid) + coalesce(pg_relation_size(nullif(c.reltoastrelid, 0)), 0),
		c.relkind = 'r' AND coalesce(a.amname = 'heap', false),
		coalesce((SELECT left(e.extcondition[array_position(e.extconfig, c.oid)], $2) FROM pg_extension e WHERE c.oid = ANY (e.extconfig) LIMIT 1), ''),
		c.relname
	FROM pg_class c LEFT JOIN pg_am a ON a.oid = c.relam WHERE c.oid = ANY ($1)`

func (l *leader) read(ctx context.Context, oids []uint32) (facts, error) {
	f := facts{tables: make(map[uint32]tableFacts, len(oids))}
	rows, err := l.conn.Query(ctx, tableQuery, oids, maxCondition+1)
	if err != nil {
		return f, err
	}
	var oid uint32
	var t tableFacts
	var name string
	conditions := 0
	_, err = pgx.ForEachRow(rows, []any{&oid, &t.Pages, &t.Bytes, &t.Heap, &t.Condition, &name}, func() error {
		f.tables[oid] = t
		if conditions += len(t.Condition); len(t.Condition) > maxCondition || conditions > maxConditions {
			return failure.New(failure.DumpRefused, "Leave the extension out of the database, or ask its author for shorter conditions.",
				"the condition by which an extension restricts the dump of its table %q is too long: one may have %d bytes, and all together %d", name, maxCondition, maxConditions)
		}
		return nil
	})
	if err != nil {
		return f, err
	}
	f.objects, f.objectBytes, err = l.objects(ctx)
	return f, err
}

// objectSizes finds the last page of each object with the catalog's index. Only
// superusers can read the catalog, unless it was granted.
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

// serve copies the tables that the other connections could not lock: an ALTER
// TABLE waits behind the leader's lock, and they would wait behind the ALTER
// TABLE. Between tables it pings the server. It returns nil when everything is
// copied, which proves that the locks were held throughout.
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
	if err := l.data.Exec(ctx, w.settings); err != nil {
		return err
	}
	return w.copy(ctx, u)
}

// ping checks that the session, and with it the snapshot and the locks, still
// exists.
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

// close ends the snapshot and releases the locks. It is idempotent.
func (l *leader) close() {
	if l.data != nil {
		l.data.Close()
		l.data, l.job.session = nil, nil // the session's connection was closed above
	}
}

// refusalOf returns the server's error in err's chain.
func refusalOf(err error) (*pgconn.PgError, bool) {
	var refusal *pgconn.PgError
	return refusal, errors.As(err, &refusal)
}
