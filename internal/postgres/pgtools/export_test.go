package pgtools

import "bytes"

// RestoreErrors returns the errors in an output.
func RestoreErrors(stderr []byte) []RestoreError {
	l := &RestoreLog{}
	_, _ = l.Write(append(bytes.Clone(stderr), '\n'))
	l.end()
	return append(l.harmful, l.harmless...)
}
