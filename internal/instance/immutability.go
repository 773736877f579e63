package instance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/suggest"
)

// Immutability says whether the storage itself keeps recovery points from being
// deleted until they expire.
type Immutability string

// The states, Azure Backup's own.
const (
	// Disabled locks nothing. It is the zero value.
	Disabled Immutability = ""
	// Unlocked locks recovery points by policies that who has the right may take back.
	Unlocked Immutability = "unlocked"
	// Locked locks recovery points by policies that nobody can take back.
	Locked Immutability = "locked"
)

// On reports whether recovery points are locked.
func (i Immutability) On() bool { return i != Disabled }

// Weakens reports whether by withdraws what i promises permanently.
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
