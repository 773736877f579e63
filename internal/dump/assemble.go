package dump

import (
	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
)

// assembled is an archive as a sequence of runs.
type assembled struct {
	runs   []*blobstore.Run
	pieces map[int][]int64
}

// assemble puts the runs of the units in the order of the table of contents. It
// records the offsets of the data and writes the parts that are known last: the
// table of contents, and the ends of entries whose data is in pieces.
func assemble(a *blobstore.Assembly, toc *archive.TOC, units []*unit, c archive.Compression) (assembled, error) {
	out := assembled{runs: []*blobstore.Run{a.NewRun()}, pieces: map[int][]int64{}}
	offsets := map[int]int64{}
	at := toc.Size()
	var sums []archive.Sum
	for _, u := range units {
		for _, s := range u.starts {
			if u.first {
				offsets[s.dumpID] = at + s.offset
			}
			if !u.whole() {
				out.pieces[s.dumpID] = append(out.pieces[s.dumpID], at+s.offset)
			}
		}
		out.runs = append(out.runs, u.run)
		at += u.run.Size()
		sums = append(sums, u.sum)
		if u.last && !u.whole() {
			tail := a.NewRun()
			if err := finish(tail, ending(u, c, sums)); err != nil {
				return out, err
			}
			out.runs = append(out.runs, tail)
			at += tail.Size()
		}
		if u.last {
			sums = nil
		}
	}
	return out, finish(out.runs[0], toc.WithOffsets(offsets))
}

// ending returns the bytes that end the data of an entry in pieces.
func ending(u *unit, c archive.Compression, sums []archive.Sum) []byte {
	if u.objectsOf != nil {
		return archive.LargeObjectsTail()
	}
	return archive.TableTail(c, sums...)
}

func finish(run *blobstore.Run, content []byte) error {
	if _, err := run.Write(content); err != nil {
		return err
	}
	run.End()
	return nil
}
