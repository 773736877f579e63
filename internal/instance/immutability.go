package instance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure/suggest"
)

// Immutability is the vault's setting for immutability policies, with which the
// storage refuses to delete recovery points until they expire.
type Immutability string

// The states, as Azure Backup names them.
const (
	// Disabled locks nothing. It is the zero value.
	Disabled Immutability = ""
	// Unlocked protects recovery points by policies that an authorized identity
	// may remove.
	Unlocked Immutability = "unlocked"
	// Locked protects recovery points by policies that nobody can remove.
	Locked Immutability = "locked"
)

// On reports whether recovery points are locked.
func (i Immutability) On() bool { return i != Disabled }

// Weakens reports whether the change from i to by withdraws a permanent
// promise.
func (i Immutability) Weakens(by Immutability) bool { return i == Locked && by != Locked }

// UnmarshalText implements [encoding.TextUnmarshaler], for pgvault.yaml.
func (i *Immutability) UnmarshalText(text []byte) error {
	states := []string{"disabled", string(Unlocked), string(Locked)}
	value := string(text)
	if !slices.Contains(states, value) {
		return fmt.Errorf("%q is not a state of immutability%s; write one of %s", value, suggest.DidYouMean(value, states), strings.Join(states, ", "))
	}
	*i = Disabled
	if value != "disabled" {
		*i = Immutability(value)
	}
	return nil
}
