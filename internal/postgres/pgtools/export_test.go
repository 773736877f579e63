package pgtools

import "bytes"

// RestoreErrors reads a whole output.
func RestoreErrors(stderr []byte) []RestoreError {
	l := &RestoreLog{}
	_, _ = l.Write(append(bytes.Clone(stderr), '\n'))
	l.end()
	return append(l.harmful, l.harmless...)
}
