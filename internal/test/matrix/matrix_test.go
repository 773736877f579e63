package matrix_test

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

//go:embed testdata/everything.sql
var everything string

// combination is a server and the client programs to use with it; 0 means the
// machine's.
type combination struct{ server, tools int }

func (c combination) String() string { return fmt.Sprintf("server %d, tools %d", c.server, c.tools) }

// combinations returns those of PGVAULT_MATRIX, such as "14:17 18:18", or by
// default the machine's.
func combinations(t *testing.T) (all []combination) {
	t.Helper()
	for word := range strings.FieldsSeq(os.Getenv("PGVAULT_MATRIX")) {
		server, tools, ok := strings.Cut(word, ":")
		require.True(t, ok, "PGVAULT_MATRIX has %q, not SERVER:TOOLS", word)
		var c combination
		var err error
		c.server, err = strconv.Atoi(server)
		require.NoError(t, err)
		c.tools, err = strconv.Atoi(tools)
		require.NoError(t, err)
		all = append(all, c)
	}
	if len(all) == 0 {
		all = []combination{{}}
	}
	return all
}

// oneForEachTools returns the last combination with each version of the client programs.
func oneForEachTools(all []combination) (some []combination) {
	for i, c := range all {
		if !slices.ContainsFunc(all[i+1:], func(later combination) bool { return later.tools == c.tools }) {
			some = append(some, c)
		}
	}
	return some
}

func TestMain(m *testing.M) { localenvtest.Main(m) }

// TestSameAsPgDumpAndPgRestore is the promise of the archive engine.
func TestSameAsPgDumpAndPgRestore(t *testing.T) {
	t.Parallel()
	for _, c := range combinations(t) {
		t.Run(c.String(), func(t *testing.T) {
			s := newSetting(t, c)
			s.source(t, "UTF8", everything)
			for _, compression := range s.compressions() {
				t.Run(compression, func(t *testing.T) { s.roundTrip(t, compression) })
			}
		})
	}
}

// The data has bytes that are not UTF-8.
func TestOtherEncodings(t *testing.T) {
	t.Parallel()
	for _, c := range combinations(t) {
		t.Run(c.String(), func(t *testing.T) {
			for encoding, sql := range map[string]string{
				"LATIN1":    `CREATE TABLE "größe" (t text); INSERT INTO "größe" VALUES ('ÄÖÜ ß é')`,
				"EUC_JP":    `CREATE TABLE t (t text); INSERT INTO t VALUES ('漢字 かな')`,
				"SQL_ASCII": `CREATE TABLE t (t text); INSERT INTO t VALUES (E'\xff\xfe raw \x80'), (E'caf\xc3\xa9')`,
				"WIN1252":   `CREATE TABLE t (t text); INSERT INTO t VALUES ('€ „quoted“')`,
			} {
				t.Run(encoding, func(t *testing.T) {
					s := newSetting(t, c)
					s.source(t, encoding, sql)
					s.roundTrip(t, "gzip:1")
				})
			}
		})
	}
}

// roundTrip dumps, restores in four ways, and compares.
func (s *setting) roundTrip(t *testing.T, compression string) {
	content, stored, result := s.dump(t, compression)
	require.Equal(t, dump.Parallel, result.Layout.Method, result.Layout.Reason)
	file := filepath.Join(t.TempDir(), "archive.dump")
	require.NoError(t, os.WriteFile(file, content, 0o600))
	require.Equal(t, s.byStock.list, s.list(t, file))
	script := s.script(t, file)
	requireSameLines(t, s.byStock.script, script)
	for name, restore := range map[string]func(t *testing.T, database string){
		"pg_restore from a pipe": func(t *testing.T, database string) {
			s.run(t, content, s.tools.Path(pgtools.Restore), s.restoreArgs("--dbname="+database)...)
		},
		"pg_restore with jobs": func(t *testing.T, database string) {
			s.run(t, nil, s.tools.Path(pgtools.Restore), s.restoreArgs("--jobs=4", "--dbname="+database, file)...)
		},
		"pg_restore to psql": func(t *testing.T, database string) { s.psql(t, database, script) },
		"pgvault":            func(t *testing.T, database string) { s.load(t, database, stored, result) },
	} {
		if name == "pg_restore with jobs" && !pgtools.JobsWork(s.tools.Major, s.server) {
			continue // a newer pg_restore with jobs fails on any older server, whatever the archive
		}
		t.Run(name, func(t *testing.T) {
			database := s.emptyDatabase(t)
			restore(t, database)
			got := s.describe(t, database)
			require.Equal(t, s.byStock.schema, got.schema)
			require.Equal(t, s.byStock.contents, got.contents)
		})
	}
}

// dump takes a dump and returns its content, and the dump as a restore reads
// it.
func (s *setting) dump(t *testing.T, compression string) (content []byte, stored restore.Dump, result dump.Result) {
	t.Helper()
	container, result := s.take(t, compression)
	content, _, err := container.Get(t.Context(), "dump", 1<<30)
	require.NoError(t, err)
	s.prints, _, err = container.Get(t.Context(), "fingerprints", 1<<30)
	require.NoError(t, err)
	return content, restore.Dump{
		Name: "dump",
		Size: result.Blob.Size, TOCSize: result.Layout.TOCSize, Pieces: result.Layout.Pieces,
		Open: func(ctx context.Context, offset, count int64) (io.ReadCloser, error) {
			return container.OpenRange(ctx, "dump", result.Blob.ETag, offset, count)
		},
	}, result
}

// take takes a dump into a new container.
func (s *setting) take(t *testing.T, compression string) (*blobstore.Container, dump.Result) {
	t.Helper()
	container, err := azureblob.Open(localenvtest.Container(t), localenvtest.Azurite(t).Credential(), azureblob.Options{})
	require.NoError(t, err)
	algorithm, level, _ := strings.Cut(compression, ":")
	number, _ := strconv.Atoi(level) // no level is 0, the default
	d := dump.Dumper{Source: s.signIn(), Container: container, Tools: []pgtools.Installation{s.tools}, MemoryBudget: 16 << 20, Memory: memory.NewBudget(1 << 30)}
	result, err := d.Stream(t.Context(), dump.Request{
		Account: s.account(s.database), Blob: "dump", BlocksBlob: "blocks", FingerprintsBlob: "fingerprints", StallTimeout: 5 * time.Minute, LockTimeout: time.Minute,
		Connections: 4, Compression: dump.Compression{Algorithm: algorithm, Level: number}, Statistics: s.dumpStatistics,
	}, progress.NewMeter(time.Now, "dump"))
	require.NoError(t, err)
	return container, result
}

// load restores with pgvault.
func (s *setting) load(t *testing.T, database string, stored restore.Dump, result dump.Result) {
	t.Helper()
	r := restore.Restorer{Source: s.signIn(), Tools: []pgtools.Installation{s.tools}, Memory: memory.NewBudget(1 << 30)}
	facts := result.Database
	facts.Settings, facts.ACL, facts.ACLIsDefault = nil, nil, true
	job := restore.Job{
		Account: s.account(database + "_published"), Unpublished: database, Facts: facts,
		SourceMajor: s.server, ToolMajor: s.tools.Major, Owners: true, Grants: true, Statistics: s.restoreStatistics,
	}
	loaded, err := r.Load(t.Context(), job, stored, progress.NewMeter(time.Now, "restore"))
	require.NoError(t, err)
	for _, ignored := range loaded.Ignored {
		require.Contains(t, ignored, "transaction_timeout", "only what an older server does not know is ignored")
	}
	s.compare(t, r, job, stored)
	definitions, err := r.CompareDefinitions(t.Context(), job, stored, progress.NewMeter(time.Now, "compare"))
	require.NoError(t, err)
	require.Empty(t, definitions.Differences)
	require.Empty(t, definitions.NotProven)
	require.Positive(t, definitions.Definitions)
}

// The extension has configuration tables whose rows are dumped, one of them
// with a condition.
var extensionFiles = map[string]string{
	"matrixconfig.control": "comment = 'tables of configuration'\ndefault_version = '1.0'\nrelocatable = true\n",
	"matrixconfig--1.0.sql": `CREATE TABLE setting (name text, value text, own boolean);
INSERT INTO setting VALUES ('builtin', 'of the extension', false);
CREATE TABLE unconditional (i int);
CREATE TABLE undumped (i int);
SELECT pg_extension_config_dump('setting', 'WHERE own');
SELECT pg_extension_config_dump('unconditional', '');
`,
}
