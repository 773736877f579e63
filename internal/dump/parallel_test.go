package dump_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// manyShapes has a table of several pieces with emptied pages in its middle,
// small tables, and large objects below, at and above the length of one row.
const manyShapes = `
	CREATE TABLE large (id int, filler text);
	INSERT INTO large SELECT i, repeat(md5(i::text), 30) FROM generate_series(1, 90000) i;
	DELETE FROM large WHERE id BETWEEN 20000 AND 40000;
	CREATE TABLE "odd ""name" ("a(b)" int, c text, g int GENERATED ALWAYS AS ("a(b)" * 2) STORED);
	INSERT INTO "odd ""name" SELECT i, E'tab\t and \\ ' || i FROM generate_series(1, 1000) i;
	ALTER TABLE "odd ""name" DROP COLUMN c;
	CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent);
	INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);
	CREATE TABLE empty (a int); CREATE TABLE columnless (); INSERT INTO columnless DEFAULT VALUES;
	CREATE TYPE mood AS ENUM ('good', 'bad', 'so so');
	CREATE TABLE by_mood (n int, m mood) PARTITION BY HASH (m);
	CREATE TABLE "by mood 0" PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE "by mood 1" PARTITION OF by_mood FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO by_mood SELECT i, (ARRAY['good', 'bad', 'so so'])[1 + i % 3]::mood FROM generate_series(1, 300) i;
	SELECT lo_from_bytea(0, convert_to(repeat(i::text, n), 'UTF8')) FROM (VALUES (1, 0), (2, 5), (3, 1048576), (4, 1048577), (5, 3000000), (6, 17 * 1048576), (7, 1)) v (i, n);`

func TestParallelArchiveIsPgDumpsOwn(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), r.Account.Database, manyShapes))
	meter := progress.NewMeter(time.Now, "dump")
	result, err := d.Stream(t.Context(), r, meter)
	require.NoError(t, err)
	require.Equal(t, dump.Parallel, result.Layout.Method)
	require.Equal(t, 3, result.Layout.Connections)
	require.Len(t, result.Layout.Pieces, 2, "a table is large, and so are the large objects")
	done := meter.Snapshot()
	require.Equal(t, done.Total, done.Bytes)
	require.EqualValues(t, 9, done.Tables)
	require.EqualValues(t, 9, done.TablesTotal)

	content, _, err := d.Container.Get(t.Context(), r.Blob, 1<<30)
	require.NoError(t, err)
	toc, err := archive.ReadTOC(bytes.NewReader(content))
	require.NoError(t, err)
	require.EqualValues(t, len(toc.Bytes()), result.Layout.TOCSize)
	for id, pieces := range result.Layout.Pieces {
		require.Greater(t, len(pieces), 1)
		entry, ok := toc.Find(id)
		require.True(t, ok)
		require.Contains(t, []string{"large", "BLOBS"}, entry.Tag)
		require.Equal(t, pieces[0], entry.Offset)
	}
	file := filepath.Join(t.TempDir(), "archive.dump")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	for name, restore := range map[string][]string{"pipe": {}, "file": {"--jobs=4", file}} {
		t.Run(name, func(t *testing.T) {
			database := localenvtest.Database(t)
			var stdin []byte
			if name == "pipe" {
				stdin = content
			}
			pgRestore(t, database, stdin, restore...)
			require.Equal(t, contents(t, r.Account.Database), contents(t, database))
		})
	}
}

func pgRestore(t *testing.T, database string, stdin []byte, args ...string) {
	t.Helper()
	p := localenvtest.Postgres(t)
	tools, err := pgtools.Discover(t.Context(), nil)
	require.NoError(t, err)
	uri := p.URI(database, p.Superuser, p.Password)
	restore := exec.CommandContext(t.Context(), tools[0].Path(pgtools.Restore), append([]string{"--exit-on-error", "--dbname=" + uri.Reveal()}, args...)...)
	restore.Env = append(os.Environ(), "PGSSLROOTCERT="+os.Getenv("SSL_CERT_FILE"))
	restore.Stdin = bytes.NewReader(stdin)
	out, err := restore.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// contents returns a line for each table, with a hash of its rows in any order,
// and for each large object.
func contents(t *testing.T, database string) (lines []string) {
	t.Helper()
	conn, err := localenvtest.Postgres(t).Connect(t.Context(), database)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	add := func(query string) {
		var line string
		require.NoError(t, conn.QueryRow(t.Context(), query).Scan(&line))
		lines = append(lines, line)
	}
	for _, table := range []string{"busy", "large", `"odd ""name"`, "parent", "child", "empty", "columnless"} {
		add(fmt.Sprintf(`SELECT %s || count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) FROM ONLY %s t`, "'"+table+" '", table))
	}
	// The partition of a row depends on the OIDs of the enum's values.
	add(`SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) FROM by_mood t`)
	add(`SELECT coalesce(string_agg(oid || ' ' || md5(lo_get(oid)), E'\n' ORDER BY oid), '') FROM pg_largeobject_metadata`)
	return lines
}

// The connections of a dump, in the order in which they are opened.
const (
	leaderConnection = 1 + iota
	pgDumpConnection
	firstDataConnection
)

// Another session waits for an exclusive lock during the dump. New sessions
// wait behind it, and only the leader can read the table.
func TestDDLInTheQueueDoesNotStopADump(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	p, database := localenvtest.Postgres(t), r.Account.Database
	altering, err := p.Connect(t.Context(), database)
	require.NoError(t, err)
	defer altering.Close(context.Background())
	altered := make(chan error, 1)
	gate := newGate(t, p.Port)
	gate.before = func(connection int) {
		if connection != firstDataConnection {
			return
		}
		go func() {
			_, err := altering.Exec(context.Background(), "ALTER TABLE busy ADD COLUMN late int")
			altered <- err
		}()
		waitFor(t, database, "SELECT count(*) > 0 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND mode = 'AccessExclusiveLock' AND datname = current_database()")
	}
	result, err := gate.stream(d, r)
	require.NoError(t, err)
	require.NoError(t, <-altered)
	require.Equal(t, dump.Parallel, result.Layout.Method)
	content, _, err := d.Container.Get(t.Context(), r.Blob, 1<<30)
	require.NoError(t, err)
	restored := localenvtest.Database(t)
	pgRestore(t, restored, content)
	waitFor(t, restored, "SELECT count(*) = 1000 AND sum(i) = 500500 FROM busy")
}

// A data connection is cut in the middle of a table.
func TestLostConnectionIsMadeAgain(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), r.Account.Database, manyShapes))
	gate := newGate(t, p.Port)
	gate.cut = map[int]int64{firstDataConnection: 5 << 20, firstDataConnection + 2: 1 << 20}
	result, err := gate.stream(d, r)
	require.NoError(t, err)
	require.Greater(t, gate.count(), firstDataConnection+2, "nothing was lost")
	require.Equal(t, dump.Parallel, result.Layout.Method)
	content, _, err := d.Container.Get(t.Context(), r.Blob, 1<<30)
	require.NoError(t, err)
	restored := localenvtest.Database(t)
	pgRestore(t, restored, content)
	require.Equal(t, contents(t, r.Account.Database), contents(t, restored))
}

// The connection that holds the locks is cut. Rows copied after that may be of
// another state.
func TestLostLeaderFailsTheDump(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), r.Account.Database, manyShapes))
	gate := newGate(t, p.Port)
	gate.during, gate.duringBytes = func() { gate.close(leaderConnection) }, 5<<20
	r.Connections = 1
	_, err := gate.stream(d, r)
	require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "snapshot and locks")
	require.Empty(t, names(t, d.Container))
}

// The server gives a lost connection's slot to another client. The remaining
// connections copy its unit.
func TestLostConnectionThatIsTaken(t *testing.T) {
	t.Parallel()
	for connections, others := range map[int]bool{1: false, 2: true} {
		t.Run(fmt.Sprintf("of %d", connections), func(t *testing.T) {
			t.Parallel()
			d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
			p, database := localenvtest.Postgres(t), r.Account.Database
			role, password := localenvtest.User(t)
			require.NoError(t, p.Exec(t.Context(), database, "GRANT pg_read_all_data TO "+role))
			require.NoError(t, p.Exec(t.Context(), database, manyShapes))
			require.NoError(t, p.Exec(t.Context(), database, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"))
			gate := newGate(t, p.Port)
			gate.user, gate.password = role, password
			again := firstDataConnection + connections
			release := make(chan struct{})
			gate.cut = map[int]int64{firstDataConnection: 5 << 20}
			if others {
				gate.held = map[int]chan struct{}{firstDataConnection + 1: release}
			}
			gate.before = func(connection int) {
				if connection == again {
					require.NoError(t, p.Exec(t.Context(), database, "ALTER ROLE "+role+" CONNECTION LIMIT 1"))
				}
			}
			gate.after = func(connection int) {
				if connection == again {
					close(release)
				}
			}
			r.Connections = connections
			_, err := gate.stream(d, r)
			if !others {
				require.Equal(t, failure.ServerConnectionClosed, failure.CodeOf(err), "%v", err)
				require.ErrorContains(t, err, "no free connection")
				return
			}
			require.NoError(t, err)
			content, _, err := d.Container.Get(t.Context(), r.Blob, 1<<30)
			require.NoError(t, err)
			restored := localenvtest.Database(t)
			pgRestore(t, restored, content)
			require.Equal(t, contents(t, database), contents(t, restored))
		})
	}
}

// The dump uses the connections that the server has left.
func TestFewFreeConnections(t *testing.T) {
	t.Parallel()
	d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
	p, database := localenvtest.Postgres(t), r.Account.Database
	role, password := localenvtest.User(t)
	require.NoError(t, p.Exec(t.Context(), database, "ALTER ROLE "+role+" CONNECTION LIMIT 4; GRANT pg_read_all_data TO "+role))
	require.NoError(t, p.Exec(t.Context(), database, manyShapes))
	require.NoError(t, p.Exec(t.Context(), database, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata")) // which the role does not own
	gate := newGate(t, p.Port)
	gate.user, gate.password = role, password
	// All but the first connect at the same time.
	var others sync.WaitGroup
	others.Add(7)
	gate.before = func(connection int) {
		if connection > firstDataConnection {
			others.Done()
			others.Wait()
		}
	}
	r.Connections = 8
	result, err := gate.stream(d, r)
	require.NoError(t, err)
	require.Equal(t, dump.Parallel, result.Layout.Method)
	require.LessOrEqual(t, result.Layout.Connections, 4)
	require.Contains(t, strings.Join(result.Warnings, "\n"), "of the 8 that dump.connections asks for")
}
