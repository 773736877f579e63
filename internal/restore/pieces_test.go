package restore_test

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/restore"
)

// inPieces rewrites an archive of pg_dump with the data of each table in three
// pieces. It returns the length of its table of contents and the pieces'
// offsets.
func inPieces(t *testing.T, content []byte) (divided []byte, tocSize int64, pieces map[int][]int64) {
	t.Helper()
	toc, err := archive.ReadTOC(bytes.NewReader(content))
	require.NoError(t, err)
	var entries []archive.Entry
	for _, e := range toc.Entries {
		if e.HasData() {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b archive.Entry) int { return cmp.Compare(a.Offset, b.Offset) })
	out := bytes.NewBuffer(toc.Bytes())
	offsets, pieces := map[int]int64{}, map[int][]int64{}
	for i, e := range entries {
		end := int64(len(content))
		if i+1 < len(entries) {
			end = entries[i+1].Offset
		}
		offsets[e.DumpID] = int64(out.Len())
		if e.Desc != archive.DescTableData {
			out.Write(content[e.Offset:end])
			continue
		}
		pieces[e.DumpID] = divide(t, out, toc.Header, e.DumpID, content[e.Offset:end])
	}
	return append(toc.WithOffsets(offsets), out.Bytes()[len(toc.Bytes()):]...), int64(len(toc.Bytes())), pieces
}

func divide(t *testing.T, out *bytes.Buffer, h archive.Header, dumpID int, block []byte) (starts []int64) {
	t.Helper()
	r, err := archive.NewTableReader(bytes.NewReader(block), h, dumpID, archive.Part{First: true, Last: true})
	require.NoError(t, err)
	rows, err := io.ReadAll(r)
	require.NoError(t, err)
	encoder, err := archive.NewEncoder(h.Compression, h.Compression.DefaultLevel())
	require.NoError(t, err)
	rows, _, _ = bytes.Cut(rows, []byte("\\.\n"))
	lines := slices.Collect(func(yield func([]byte) bool) {
		for line := range bytes.Lines(rows) {
			yield(line)
		}
	})
	third := (len(lines) + 2) / 3
	var sums []archive.Sum
	for i := range 3 {
		starts = append(starts, int64(out.Len()))
		if i == 0 {
			require.NoError(t, encoder.BeginTable(out, dumpID))
		} else {
			encoder.BeginPiece(out)
		}
		from, to := min(i*third, len(lines)), min((i+1)*third, len(lines))
		piece := bytes.Join(lines[from:to], nil)
		_, err := encoder.Write(piece)
		require.NoError(t, err)
		sum, err := encoder.End()
		require.NoError(t, err)
		sums = append(sums, sum)
	}
	out.Write(archive.TableTail(h.Compression, sums...))
	return starts
}

func TestPiecesOfATableAreLoadedSideBySide(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	content, tocSize, pieces := inPieces(t, dumpFile(t, from, true))
	dump, _ := stored(t, content)
	dump.TOCSize, dump.Pieces = tocSize, pieces
	r, job := target(t)
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	same(t, from, job.Unpublished)
}

// The pieces are sound, but one of them is not what was dumped.
func TestAPieceOfAnotherTimeIsFound(t *testing.T) {
	t.Parallel()
	from := source(t, "rich.sql")
	content := dumpFile(t, from, true)
	for name, restored := range map[string]func(*testing.T, restore.Dump) (string, error){
		"a database": func(t *testing.T, dump restore.Dump) (string, error) {
			r, job := target(t)
			job.Connections = 32 // enough that no pieces are joined
			_, _, err := load(t, r, job, dump)
			return "", err
		},
		"rows": func(t *testing.T, dump restore.Dump) (string, error) {
			r, job := emptied(t, from)
			job.Wanted.Tables = []string{"shop.customers"}
			_, err := loadRows(t, r, job, dump)
			return job.Account.Database, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, tocSize, pieces := inPieces(t, content)
			corrupt(t, content, pieces)
			dump, _ := stored(t, content)
			dump.TOCSize, dump.Pieces = tocSize, pieces
			database, err := restored(t, dump)
			require.Equal(t, failure.VerificationFailed, failure.CodeOf(err), "%v", err)
			require.ErrorContains(t, err, "table data shop.customers")
			if database != "" {
				require.Contains(t, contents(t, database), "shop.customers 0 0", "nothing was committed")
			}
		})
	}
}

// corrupt changes the checksum at the end of the customers' block.
func corrupt(t *testing.T, content []byte, pieces map[int][]int64) {
	t.Helper()
	toc, err := archive.ReadTOC(bytes.NewReader(content))
	require.NoError(t, err)
	var offset int64
	end := int64(len(content))
	for _, e := range toc.Entries {
		if e.Tag == "customers" && e.HasData() {
			require.NotEmpty(t, pieces[e.DumpID])
			offset = e.Offset
		}
	}
	for _, e := range toc.Entries {
		if e.HasData() && e.Offset > offset {
			end = min(end, e.Offset)
		}
	}
	content[end-6] ^= 1 // the checksum precedes the empty chunk
}
