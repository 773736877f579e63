package restore

import (
	"fmt"
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

const (
	// keptFindings bounds the failed statements of either kind that are kept.
	keptFindings = 1000
	// toldFindings bounds the lines of a result, and toldText the length of each, in
	// bytes.
	toldFindings = 200
	toldText     = 1000
)

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
func (f *findings) ignored() (lines []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, e := range f.harmless.kept {
		if i == toldFindings {
			return append(lines, fmt.Sprintf("… and %d more", f.harmless.count-toldFindings))
		}
		lines = append(lines, printable.Cut(e.String(), toldText))
	}
	return lines
}
