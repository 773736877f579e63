package restore

import (
	"sync"

	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// findings collects the statements that fail in all steps of one restore, to be
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

// lost records a failed statement whose loss changes the database.
func (f *findings) lost() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.harmful) > 0
}

// verdict is the error that names the first statements that failed, if any did.
func (f *findings) verdict() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.harmful) == 0 {
		return nil
	}
	return pgtools.StatementsFailed(f.harmful)
}

// ignored are the harmless errors as lines.
func (f *findings) ignored() (lines []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, e := range f.harmless {
		lines = append(lines, e.String())
	}
	return lines
}
