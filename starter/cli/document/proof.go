package document

import (
	"time"

	"github.com/pgvault/pgvault/internal/proof/chain"
)

// Proofs is the document of pgvault proof list.
type Proofs struct {
	// Proofs are the records of drills, the newest first.
	Proofs []Proof `json:"proofs"`
	// Broken are the instances whose records are not as drills wrote them.
	Broken []string `json:"broken"`
	Outcome
}

// Proof is a record of a drill in a listing.
type Proof struct {
	Instance string `json:"instance"`
	// Sequence is the number of the record, from 1.
	Sequence   int       `json:"sequence"`
	RecordedAt time.Time `json:"recordedAt"`
	Verdict    Verdict   `json:"verdict"`
	// Point is the ID of the recovery point.
	Point string `json:"point"`
	// RestoreSeconds is the measured time to restore; absent if the restore did not
	// come to its end.
	RestoreSeconds float64 `json:"restoreSeconds,omitempty"`
	// Tables and rows count what was compared.
	Tables int   `json:"tables"`
	Rows   int64 `json:"rows"`
	// SHA256 is the hash of the record.
	SHA256 string `json:"sha256"`
	// KeyID is the key that signed the record; absent if none was checked.
	KeyID string `json:"keyID,omitempty"`
}

// ProofOf returns the document of a record.
func ProofOf(r chain.Record) Proof {
	took, _ := r.RestoreTime()
	return Proof{
		Instance: r.Instance, Sequence: r.Sequence, RecordedAt: r.RecordedAt, Verdict: Verdict(r.Verdict), Point: r.Point.ID,
		RestoreSeconds: took.Seconds(), Tables: r.Compared.Tables, Rows: r.Compared.Rows, SHA256: r.SHA256, KeyID: r.KeyID,
	}
}

// ChainProblem is evidence that records are not as drills wrote them.
type ChainProblem struct {
	Kind ChainProblemKind `json:"kind"`
	// Sequence is the number of the record, or the first of several.
	Sequence int    `json:"sequence"`
	Message  string `json:"message"`
}

// ChainProblemKind is the kind of a problem of records.
type ChainProblemKind string

// The kinds of problems.
const (
	RecordMissing    ChainProblemKind = "missing"
	RecordDeleted    ChainProblemKind = "deleted"
	RecordChanged    ChainProblemKind = "changed"
	RecordUnreadable ChainProblemKind = "unreadable"
	RecordUnsigned   ChainProblemKind = "unsigned"
	RecordForged     ChainProblemKind = "forged"
	// RecordForeign means that another vault or instance wrote the record.
	RecordForeign ChainProblemKind = "foreign"
	RecordMoved   ChainProblemKind = "moved"
	// RecordUnlinked means that the record does not have the hash of the one before.
	RecordUnlinked ChainProblemKind = "unlinked"
	// RecordLate means that the record was not stored by its drill.
	RecordLate     ChainProblemKind = "late"
	RecordCutOff   ChainProblemKind = "cut-off"
	RecordReplaced ChainProblemKind = "replaced"
)

// ChainsVerified is the document of pgvault proof verify.
type ChainsVerified struct {
	// Whole reports whether nothing speaks against the records.
	Whole  bool    `json:"whole"`
	Chains []Chain `json:"chains"`
	Outcome
}

// Chain is what verifying the records of an instance found.
type Chain struct {
	Instance string `json:"instance"`
	// Whole reports whether nothing speaks against the records.
	Whole bool `json:"whole"`
	// Records counts the records.
	Records int `json:"records"`
	// Head is the number of the newest record; 0 without records.
	Head int `json:"head"`
	// HeadSHA256 is its hash.
	HeadSHA256 string `json:"headSHA256,omitempty"`
	// Signed counts the records that a key of the trust file has signed.
	Signed int `json:"signed"`
	// Anchored is the number of the newest record that a manifest names; 0 if none
	// does.
	Anchored int `json:"anchored"`
	// Unanchored are the numbers of the records behind it.
	Unanchored []int          `json:"unanchored"`
	Problems   []ChainProblem `json:"problems"`
	// MoreProblems counts the problems that are left out.
	MoreProblems int `json:"moreProblems"`
	// Notes say what could not be verified.
	Notes []string `json:"notes"`
}

// ChainOf returns the document of the records of an instance.
func ChainOf(r chain.Result) Chain {
	return Chain{
		Instance: r.Instance, Whole: r.Whole(), Records: r.Records, Head: r.Head, HeadSHA256: r.HeadSHA256, Signed: r.Signed,
		Anchored: r.Anchored, Unanchored: r.Unanchored, Problems: each(r.Problems, chainProblemOf), MoreProblems: r.MoreProblems, Notes: r.Notes,
	}
}

func chainProblemOf(p chain.Problem) ChainProblem {
	return ChainProblem{Kind: ChainProblemKind(hyphenated(p.Kind)), Sequence: p.Sequence, Message: p.Message}
}
