package restore

import (
	"sync"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// findings collects the failed statements of all steps of a restore, to be
// judged together. It is safe for concurrent use.
type findings struct {
	mu       sync.Mutex
	harmless []pgtools.RestoreError
	harmful  []pgtools.RestoreError
}

func (f *findings) add(harmless, harmful []pgtools.RestoreError) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.harmless = append(f.harmless, harmless...)
	f.harmful = append(f.harmful, harmful...)
}

// lost reports whether a failed statement changes the restored database.
func (f *findings) lost() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.harmful) > 0
}

// verdict returns an error that names the first failed statements, or nil if
// there are none.
func (f *findings) verdict() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.harmful) == 0 {
		return nil
	}
	return pgtools.StatementsFailed(f.harmful)
}

// ignored returns the harmless errors, one line each.
func (f *findings) ignored() (lines []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.harmless {
		lines = append(lines, e.String())
	}
	return lines
}
