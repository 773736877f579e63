package vault

import (
	"strconv"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/proof"
)

// Metadata keys of the record of a drill.
const (
	// metaRun is the run ID of the drill.
	metaRun      = "run"
	metaPoint    = "point"
	metaVerdict  = "verdict"
	metaRecorded = "recorded"
	// metaRestore is the measured time to restore, in milliseconds.
	metaRestore = "restore"
)

// ProofSummary is the part of the record of a drill that is kept in its blob's
// metadata, so that a listing need not read the record. Who can write blobs can
// write it: only the record is signed.
type ProofSummary struct {
	Point   string        `json:"point"`
	Verdict proof.Verdict `json:"verdict"`
	// RecordedAt is when the record was signed, and not later than it was stored.
	RecordedAt time.Time `json:"recordedAt"`
	// Restore is the measured time to restore; 0 if the restore did not get to its
	// end.
	Restore time.Duration `json:"restore,omitempty"`
}

func summaryOfProof(r proof.Record) ProofSummary {
	took, _ := r.RestoreTime()
	return ProofSummary{
		Point: r.Point.ID, Verdict: r.Verdict, RecordedAt: r.RecordedAt.UTC().Truncate(time.Second), Restore: took.Truncate(time.Millisecond),
	}
}

func proofMeta(r proof.Record) blobstore.Meta {
	s := summaryOfProof(r)
	meta := blobstore.Meta{
		metaRun: encoded(r.Job.RunID), metaPoint: encoded(s.Point), metaVerdict: encoded(string(s.Verdict)),
		metaRecorded: s.RecordedAt.Format(time.RFC3339),
	}
	if s.Restore > 0 {
		meta[metaRestore] = strconv.FormatInt(s.Restore.Milliseconds(), 10)
	}
	return meta
}

// longestRestore bounds a time to restore that is believed.
const longestRestore = 365 * 24 * time.Hour

// readProofSummary reads what it can. A record without a known verdict proves
// nothing.
func readProofSummary(b blobstore.Blob) ProofSummary {
	s := ProofSummary{
		Point: decoded(b.Meta[metaPoint]), Verdict: proof.Verdict(decoded(b.Meta[metaVerdict])), RecordedAt: readTime(b.Meta[metaRecorded]),
	}
	if s.Verdict != proof.Proven && s.Verdict != proof.Partly {
		s.Verdict = proof.Failed
	}
	if stored := b.LastModified.UTC(); s.RecordedAt.IsZero() || s.RecordedAt.After(stored) {
		s.RecordedAt = stored
	}
	if ms := readSize(b.Meta[metaRestore], 0); ms > 0 && ms <= longestRestore.Milliseconds() {
		s.Restore = time.Duration(ms) * time.Millisecond
	}
	return s
}
