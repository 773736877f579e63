package trust

import (
	"fmt"
	"reflect"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// Purpose is what a pinned key signs, by the name of its list in a trust file.
type Purpose string

// The purposes.
const (
	Manifests Purpose = "manifests"
	Evidence  Purpose = "evidence"
)

// Keys returns the keys with a purpose.
func (s Signatures) Keys(p Purpose) []Key { return *s.list(p) }

func (s *Signatures) list(p Purpose) *[]Key {
	if p == Evidence {
		return &s.Evidence
	}
	return &s.Manifests
}

// AddKey returns the text of a trust file with one more key. It changes nothing
// else, comments included. A file without the section "signatures:" gets one that
// does not require signatures. name is the path of the file, for messages. The
// error is a *failure.Error with the code [failure.InvalidConfiguration].
func AddKey(text []byte, name string, p Purpose, key Key) ([]byte, error) {
	file, err := Parse(text, name)
	if err != nil {
		return nil, err
	}
	item := fmt.Sprintf("{id: %s, publicKey: %s, from: %s}", key.ID, key.File, key.From.Format(time.DateOnly))
	added := insertKey(string(text), p, item)
	key.PublicKey = nil // as Parse leaves it
	keys := file.signatures.list(p)
	*keys = append(*keys, key)
	if changed, err := Parse([]byte(added), name); err != nil || !file.equals(changed) {
		return nil, failure.New(failure.InvalidConfiguration, fmt.Sprintf("add it to \"signatures:\" by hand:\n  %s:\n    - %s", p, item),
			"the trust file %s is written in a way to which no key can be added without changing more", name)
	}
	return []byte(added), nil
}

// equals reports whether two files mean the same.
func (f File) equals(other File) bool {
	f.hash, other.hash = "", ""
	return reflect.DeepEqual(f, other)
}
