package selection_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// dumped returns the table of contents of pg_dump's archive of
// testdata/shop.sql.
func dumped(t *testing.T) *archive.TOC {
	t.Helper()
	sql, err := os.ReadFile(filepath.Join("testdata", "shop.sql"))
	require.NoError(t, err)
	p, database := localenvtest.Postgres(t), localenvtest.Database(t)
	require.NoError(t, p.Exec(t.Context(), database, string(sql)))
	cmd := exec.CommandContext(t.Context(), filepath.Join(p.BinDir, "pg_dump"), "-Fc")
	cmd.Env = []string{
		"PGHOST=" + p.Host, fmt.Sprintf("PGPORT=%d", p.Port), "PGUSER=" + p.Superuser, "PGPASSWORD=" + p.Password.Reveal(),
		"PGDATABASE=" + database, "PGSSLMODE=require", "PGSSLROOTCERT=/nonexistent",
	}
	content, err := cmd.Output()
	require.NoError(t, err)
	toc, err := archive.ReadTOC(bytes.NewReader(content))
	require.NoError(t, err)
	return toc
}

// chosen returns the kinds and names of the chosen entries, in the archive's
// order.
func chosen(toc *archive.TOC, c selection.Chosen) (lines []string) {
	for i := range toc.Entries {
		if e := &toc.Entries[i]; c.Has(e) {
			lines = append(lines, e.Desc+" "+selection.Name(e))
		}
	}
	return lines
}

func TestChooseAddsPartsAndDependenciesOfATable(t *testing.T) {
	t.Parallel()
	toc := dumped(t)
	for _, c := range []struct {
		what   string
		wanted selection.Request
		want   []string
		notes  []string
	}{
		{
			"a table with its parts, and a foreign key to a table that is not chosen", selection.Request{Tables: []string{"s.child"}},
			[]string{
				"SCHEMA s", "FUNCTION s.f(integer)", "FUNCTION s.tr()", "TABLE s.child", "COMMENT s.TABLE child", "ACL s.TABLE child", "SEQUENCE s.child_id_seq",
				"TABLE DATA s.child", "SEQUENCE SET s.child_id_seq", "CONSTRAINT s.child child_pkey", "INDEX s.child_f", "COMMENT s.INDEX child_f",
				"STATISTICS public.child_st", "TRIGGER s.child child_tr", "FK CONSTRAINT s.child child_self_fkey", "ROW SECURITY s.child", "POLICY s.child child_pol",
			},
			[]string{"foreign key s.child child_p_fkey is left out, since s.parent is not restored"},
		},
		{
			"defaults, sequences owned and not, types and extensions", selection.Request{Tables: []string{"parent"}},
			[]string{
				"SCHEMA s", "EXTENSION hstore", "COMMENT EXTENSION hstore", "TYPE s.mood", "FUNCTION s.f(integer)", "SEQUENCE s.free", "TABLE s.parent", "SEQUENCE s.parent_id_seq",
				"SEQUENCE OWNED BY s.parent_id_seq", "DEFAULT s.parent id", "TABLE DATA s.parent", "SEQUENCE SET s.free", "SEQUENCE SET s.parent_id_seq", "CONSTRAINT s.parent parent_pkey",
			}, nil,
		},
		{
			"a partitioned table with its partitions", selection.Request{Tables: []string{"public.pt"}},
			[]string{
				"TABLE public.pt", "TABLE public.p1", "TABLE public.p2", "TABLE ATTACH public.p1", "TABLE ATTACH public.p2", "TABLE DATA public.p1", "TABLE DATA public.p2",
				"CONSTRAINT public.pt pt_pkey", "CONSTRAINT public.p1 p1_pkey", "CONSTRAINT public.p2 p2_pkey", "INDEX ATTACH public.p1_pkey", "INDEX ATTACH public.p2_pkey",
			}, nil,
		},
		{
			"a partition alone", selection.Request{Tables: []string{"p1"}},
			[]string{"TABLE public.p1", "TABLE DATA public.p1", "CONSTRAINT public.p1 p1_pkey"},
			[]string{"public.p1 is restored as a standalone table, since its partitioned table public.pt is not restored"},
		},
		{
			"a table that inherits from another", selection.Request{Tables: []string{"heir"}},
			[]string{"TABLE public.base", "TABLE public.heir", "DEFAULT public.heir d", "TABLE DATA public.heir"},
			[]string{"public.base is restored without rows, since only its definition is needed"},
		},
		{
			"a view and the table that it reads", selection.Request{Tables: []string{"mv"}},
			[]string{
				"SCHEMA s", "EXTENSION hstore", "COMMENT EXTENSION hstore", "TYPE s.mood", "FUNCTION s.f(integer)", "TABLE s.parent", "VIEW public.v", "MATERIALIZED VIEW public.mv",
				"SEQUENCE s.free", "SEQUENCE SET s.free", "INDEX public.mv_id",
			},
			[]string{"public.mv stays unpopulated, since s.parent is restored without all of its rows", "s.parent is restored without rows, since only its definition is needed"},
		},
		{
			"a materialized view with the rows that it reads", selection.Request{Tables: []string{"mv", "s.parent"}},
			[]string{
				"SCHEMA s", "EXTENSION hstore", "COMMENT EXTENSION hstore", "TYPE s.mood", "FUNCTION s.f(integer)", "TABLE s.parent", "VIEW public.v", "MATERIALIZED VIEW public.mv",
				"SEQUENCE s.free", "SEQUENCE SET s.free", "INDEX public.mv_id", "MATERIALIZED VIEW DATA public.mv", "SEQUENCE s.parent_id_seq",
				"SEQUENCE OWNED BY s.parent_id_seq", "DEFAULT s.parent id", "TABLE DATA s.parent", "SEQUENCE SET s.parent_id_seq", "CONSTRAINT s.parent parent_pkey",
			}, nil,
		},
		{
			"a table without the tables that inherit from it", selection.Request{Tables: []string{"public.base"}},
			[]string{"TABLE public.base", "TABLE DATA public.base"},
			[]string{"public.heir, which inherits from public.base, is not restored; use --with-children to restore such tables"},
		},
		{
			"a table with the tables that inherit from it", selection.Request{Tables: []string{"public.base"}, WithChildren: true},
			[]string{"TABLE public.base", "TABLE public.heir", "DEFAULT public.heir d", "TABLE DATA public.base", "TABLE DATA public.heir"}, nil,
		},
		{"a sequence that a table owns", selection.Request{Tables: []string{"s.parent_id_seq"}}, []string{"SCHEMA s", "SEQUENCE s.parent_id_seq", "SEQUENCE SET s.parent_id_seq"}, nil},
		{"a name with a dot", selection.Request{Tables: []string{`public."dotted.name"`}}, []string{"TABLE public.dotted.name", "TABLE DATA public.dotted.name"}, nil},
		{"rows of a table that refers to another", selection.Request{Tables: []string{"s.child"}, Content: selection.DataOnly}, []string{"TABLE DATA s.child", "SEQUENCE SET s.child_id_seq"}, nil},
		{"rows only", selection.Request{Tables: []string{"s.parent"}, Content: selection.DataOnly}, []string{"TABLE DATA s.parent", "SEQUENCE SET s.free", "SEQUENCE SET s.parent_id_seq"}, nil},
	} {
		got, err := selection.Choose(toc, c.wanted)
		require.NoError(t, err, c.what)
		require.ElementsMatch(t, c.want, chosen(toc, got), c.what)
		require.Equal(t, c.notes, got.Notes, c.what)
	}
}

func TestChooseAddsAllObjectsOfASchema(t *testing.T) {
	t.Parallel()
	toc := dumped(t)
	got, err := selection.Choose(toc, selection.Request{Schemas: []string{"s"}})
	require.NoError(t, err)
	lines := chosen(toc, got)
	require.Subset(t, lines, []string{"SCHEMA s", "FUNCTION s.unrelated()", "TABLE s.child", "FK CONSTRAINT s.child child_p_fkey", "EXTENSION hstore", "SEQUENCE OWNED BY s.parent_id_seq"})
	require.NotContains(t, lines, "VIEW public.v")
	require.NotContains(t, lines, "PUBLICATION TABLE s.pub child")
	require.NotContains(t, lines, "BLOB 4711")
	require.Empty(t, got.Notes)
}

func TestSchemaOnlyLeavesRowsOut(t *testing.T) {
	t.Parallel()
	toc := dumped(t)
	got, err := selection.Choose(toc, selection.Request{Content: selection.SchemaOnly})
	require.NoError(t, err)
	lines := chosen(toc, got)
	require.Subset(t, lines, []string{"TABLE s.child", "PUBLICATION pub", "INDEX public.mv_id"})
	for _, line := range []string{"TABLE DATA s.child", "SEQUENCE SET s.free", "BLOB 4711", "MATERIALIZED VIEW DATA public.mv"} {
		require.NotContains(t, lines, line)
	}
}

func TestTheZeroRequestChoosesAllEntries(t *testing.T) {
	t.Parallel()
	toc := dumped(t)
	got, err := selection.Choose(toc, selection.Request{})
	require.NoError(t, err)
	require.Len(t, chosen(toc, got), len(toc.Entries))
}

func TestChooseRefusesUnknownAndAmbiguousNames(t *testing.T) {
	t.Parallel()
	toc := dumped(t)
	for name, want := range map[string]string{"s.chidl": "did you mean s.child?", "base": "give one of: public.base, s.base", "nowhere.to.be.found.at.all": "pg_restore --list"} {
		_, err := selection.Choose(toc, selection.Request{Tables: []string{name}})
		require.Equal(t, failure.InvalidInput, failure.CodeOf(err))
		require.ErrorContains(t, err, want)
	}
	_, err := selection.Choose(toc, selection.Request{Schemas: []string{"pubic"}})
	require.ErrorContains(t, err, "did you mean public?")
	_, err = selection.Choose(toc, selection.Request{Content: "rows"})
	require.Equal(t, failure.InvalidInput, failure.CodeOf(err))
}
