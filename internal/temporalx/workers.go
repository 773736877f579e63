package temporalx

import (
	"fmt"
	"os"
	"strings"
)

// trustMark precedes the hash of a worker's trust file in its identity.
const trustMark = " trust="

// WorkerIdentity returns the identity by which a worker is listed: its process, its
// host, and the SHA-256 of its trust file.
func WorkerIdentity(trustHash string) string {
	return fmt.Sprintf("%d@%s%s%s", os.Getpid(), Hostname(), trustMark, trustHash)
}

// trustOf returns the parts of a worker's identity. The hash is "none" if the identity
// has none.
func trustOf(identity string) (worker, hash string) {
	worker, hash, ok := strings.Cut(identity, trustMark)
	if !ok {
		return worker, "none"
	}
	return worker, hash
}
