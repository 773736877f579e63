package pgtools

import (
	"bytes"
	"strings"

	"github.com/pgvault/pgvault/internal/secret"
)

// ToldOfStderr returns what is kept of a child's standard error.
func ToldOfStderr(stderr string) []string {
	l := newStderrLog(newRedactor(secret.String{}), nil)
	_, _ = l.Write([]byte(strings.TrimSpace(stderr) + "\n"))
	l.flush()
	return l.first()
}

// RestoreErrors returns the errors in an output.
func RestoreErrors(stderr []byte) []RestoreError {
	l := &RestoreLog{}
	_, _ = l.Write(append(bytes.Clone(stderr), '\n'))
	l.end()
	return append(l.harmful, l.harmless...)
}
