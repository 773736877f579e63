package jobs

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/proof"
)

// Verified is the outcome of comparing what was restored with the fingerprints of
// the dump. Nothing differs: a difference fails the job.
type Verified struct {
	Verdict      proof.Verdict `json:"verdict"`
	Tables       int           `json:"tables"`
	Rows         int64         `json:"rows"`
	Sequences    int           `json:"sequences"`
	LargeObjects int           `json:"largeObjects"`
	// NotProven says what could not be compared.
	NotProven     []string `json:"notProven,omitempty"`
	MoreNotProven int      `json:"moreNotProven,omitempty"`
}

// VerifiedBy returns the outcome of a comparison without differences.
func VerifiedBy(c proof.Compared) Verified {
	v := Verified{
		Verdict: proof.Proven, Tables: c.Tables, Rows: c.Rows, Sequences: c.Sequences, LargeObjects: c.LargeObjects,
		NotProven: c.NotProven, MoreNotProven: c.MoreNotProven,
	}
	if len(c.NotProven) > 0 {
		v.Verdict = proof.Partly
	}
	return v
}

// String returns the counts in words.
func (v Verified) String() string {
	return fmt.Sprintf("%d tables with %d rows, %d sequences and %d large objects", v.Tables, v.Rows, v.Sequences, v.LargeObjects)
}
