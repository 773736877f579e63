package printable

import "fmt"

const (
	// keptNotes bounds the notes of one step of a job, and keptNote the length of
	// each, in bytes. Temporal limits the result of a step, and others decide how
	// much there is to say.
	keptNotes = 200
	keptNote  = 1000
)

// Notes collects sentences for the result of a job. The first 200 are kept, each
// up to 1,000 bytes, and all are counted. The zero value has none.
type Notes struct {
	kept  []string
	count int
}

// Add adds notes.
func (n *Notes) Add(texts ...string) {
	n.count += len(texts)
	for _, text := range texts[:min(len(texts), keptNotes-len(n.kept))] {
		n.kept = append(n.kept, Cut(text, keptNote))
	}
}

// Omit counts notes that the caller did not keep.
func (n *Notes) Omit(count int) { n.count += count }

// Lines returns the notes, and behind them the number of those that were not
// kept.
func (n *Notes) Lines() []string {
	if n.count == len(n.kept) {
		return n.kept
	}
	return append(n.kept[:len(n.kept):len(n.kept)], fmt.Sprintf("… and %d more", n.count-len(n.kept)))
}
