package restore

import (
	"slices"
	"sync"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// findings collects the failed statements of all steps of a restore, to be
// judged together. It is safe for concurrent use.
type findings struct {
	mu       sync.Mutex
	harmless failures
	harmful  failures
}

func (f *findings) add(harmless, harmful []pgtools.RestoreError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.harmless.add(harmless)
	f.harmful.add(harmful)
}

// keptFindings bounds the failed statements of either kind that are kept.
const keptFindings = 1000

// failures are failed statements. The first ones are kept, and all are counted.
type failures struct {
	kept  []pgtools.RestoreError
	count int
}

func (f *failures) add(more []pgtools.RestoreError) {
	f.count += len(more)
	for _, e := range more[:min(len(more), keptFindings-len(f.kept))] {
		f.kept = append(f.kept, e.Bounded())
	}
}

// lost reports whether a failed statement changes the restored database.
func (f *findings) lost() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.harmful.count > 0
}

// diskFull reports whether the disk of the server was full.
func (f *findings) diskFull() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.harmful.kept, pgtools.RestoreError.DiskFull)
}

// verdict returns an error that names the first failed statements, or nil if
// there are none.
func (f *findings) verdict() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.harmful.count == 0 {
		return nil
	}
	return pgtools.StatementsFailed(f.harmful.kept, f.harmful.count)
}

// ignored returns the harmless errors, one line each. Beyond a number of them it
// returns their count.
func (f *findings) ignored() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var lines printable.Notes
	for _, e := range f.harmless.kept {
		lines.Add(e.String())
	}
	lines.Omit(f.harmless.count - len(f.harmless.kept))
	return lines.Lines()
}
