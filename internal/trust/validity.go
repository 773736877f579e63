package trust

import (
	"fmt"
	"time"
)

// Valid returns an error if the key must not have signed at the given time.
func (k Key) Valid(at time.Time) error {
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	switch {
	case at.Before(k.From):
		return fmt.Errorf("key %s is valid from %s, and signed at %s", k.ID, day(k.From), at.UTC().Format(time.RFC3339))
	case !k.Until.IsZero() && !at.Before(k.Until):
		return fmt.Errorf("key %s is valid until %s, and signed at %s", k.ID, day(k.Until), at.UTC().Format(time.RFC3339))
	case !k.Revoked.IsZero() && !at.Before(k.Revoked):
		return fmt.Errorf("key %s is revoked from %s on, and signed at %s", k.ID, day(k.Revoked), at.UTC().Format(time.RFC3339))
	}
	return nil
}

// Signing returns the key with a purpose that signs at the given time: of those
// that are valid then, the one that became valid last. ok is false if there is
// none. So a key is rotated by adding the next one with the day from which on it
// signs.
func (s Signatures) Signing(p Purpose, at time.Time) (key Key, ok bool) {
	for _, k := range s.Keys(p) {
		if k.Valid(at) == nil && (!ok || !k.From.Before(key.From)) {
			key, ok = k, true
		}
	}
	return key, ok
}
