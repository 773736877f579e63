package vault

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

const (
	proofSuffix = ".json"
	// proofDigits is the number of digits of a record's sequence in its name.
	proofDigits = 8
	// maxProof bounds the size of a record. The lists in it are bounded.
	maxProof = 8 << 20
	// maxProofs bounds the number of records of an instance: those of one drill an
	// hour for ten years.
	maxProofs = 100_000
)

// ProofsPrefix returns the prefix of the names of the records of an instance's
// drills.
func ProofsPrefix(instance string) string { return proofsRoot + instance + "/" }

// ProofName returns the name of a record.
func ProofName(instance string, sequence int) string {
	return fmt.Sprintf("%s%0*d%s", ProofsPrefix(instance), proofDigits, sequence, proofSuffix)
}

// parseProofName returns the sequence in the name of a record. ok is false for the
// name of another blob, such as a record of an instance whose name begins alike.
func parseProofName(instance, name string) (sequence int, ok bool) {
	digits, found := strings.CutSuffix(strings.TrimPrefix(name, ProofsPrefix(instance)), proofSuffix)
	if !found || len(digits) != proofDigits {
		return 0, false
	}
	sequence, err := strconv.Atoi(digits)
	return sequence, err == nil && sequence > 0 && ProofName(instance, sequence) == name
}

// StoredProof is the record of a drill, as listed.
type StoredProof struct {
	Sequence int
	// At is when the storage got the first version.
	At time.Time
	// Current is the current version; the zero value if there is none.
	Current blobstore.Blob
	// Changed reports whether there are earlier versions of an existing record.
	Changed bool
	ProofSummary
	run string
}

// Deleted reports whether the record was deleted and the account still has a
// version of it.
func (p StoredProof) Deleted() bool { return p.Current.Name == "" }

// ListProofs returns the records of an instance's drills in their order, with those
// that were deleted if the account keeps versions.
func (v *Vault) ListProofs(ctx context.Context, instance string) ([]StoredProof, error) {
	found := map[int]*StoredProof{}
	for b, err := range v.container.ListVersions(ctx, ProofsPrefix(instance)) {
		if err != nil {
			return nil, fmt.Errorf("list the records of drills: %w", err)
		}
		sequence, ok := parseProofName(instance, b.Name)
		if !ok {
			continue
		}
		if found[sequence] == nil {
			found[sequence] = &StoredProof{Sequence: sequence, At: b.LastModified}
		}
		found[sequence].add(b)
		if len(found) > maxProofs {
			return nil, failure.New(failure.VaultDamaged, "delete what no drill has written; `pgvault proof verify` needs the records of the drills only",
				"vault %s has more than %d records of drills of %s", v.URL(), maxProofs, instance)
		}
	}
	all := make([]StoredProof, 0, len(found))
	for _, p := range found {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b StoredProof) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return all, nil
}

// maxGap is the longest gap in a chain.
const maxGap = 1000

// chained returns the records up to the first gap of more than [maxGap] numbers. What
// is behind it was put there to use the numbers up: a drill takes the next one.
func chained(all []StoredProof) []StoredProof {
	before := 0
	for i, p := range all {
		if p.Sequence-before > maxGap {
			return all[:i]
		}
		before = p.Sequence
	}
	return all
}

func (p *StoredProof) add(b blobstore.Blob) {
	if b.LastModified.Before(p.At) {
		p.At = b.LastModified
	}
	if b.Previous {
		p.Changed = true
		return
	}
	p.Current, p.run, p.ProofSummary = b, decoded(b.Meta[metaRun]), readProofSummary(b)
}

// ReadProof returns a listed record as stored. It returns a [failure.VaultDamaged]
// that names the blob if the blob cannot be read.
func (v *Vault) ReadProof(ctx context.Context, p StoredProof) ([]byte, error) {
	content, err := v.readBounded(ctx, p.Current, maxProof)
	if unreadable(err) {
		return nil, failure.Wrap(err, failure.VaultDamaged, earlierVersion, "record %s of vault %s cannot be read", p.Current.Name, v.URL())
	}
	return content, err
}
