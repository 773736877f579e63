package blobstore

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
)

// Location identifies a container in messages and comparisons.
type Location struct{ URL, Account, Container string }

// NoPolicies returns the failure of a container without immutability policies.
func (l Location) NoPolicies(cause error) error {
	return failure.Wrap(cause, failure.ImmutabilityNotSupported, fmt.Sprintf(
		"az storage account blob-service-properties update --account-name %[1]s --enable-versioning true && "+
			"az storage container-rm migrate-vlw --storage-account %[1]s --name %[2]s "+
			"(the migration cannot be undone and takes a while; docs/AZURE.md has it, and the way for a new container)", l.Account, l.Container),
		"container %s of storage account %s is not set up for version-level immutability", l.Container, l.Account)
}
