package secret

import (
	"errors"
	"fmt"
	"io"
)

const redacted = "[redacted]"

// ErrMarshal is returned by every attempt to marshal a String. A redacted value
// in a workflow's history would be mistaken for the real one when decoded.
var ErrMarshal = errors.New("a secret cannot be marshalled")

// String is a secret value. The zero value is the empty secret. Compare with
// [String.Equal]; == does not compile.
type String struct {
	// A closure, since reflection-based printers show fields.
	reveal func() string
}

// New returns a String with the value.
func New(value string) String {
	if value == "" {
		return String{}
	}
	return String{reveal: func() string { return value }}
}

// Reveal returns the value itself.
func (s String) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero reports whether the secret is empty.
func (s String) IsZero() bool { return s.reveal == nil }

// Equal reports whether both hold the same value.
func (s String) Equal(other String) bool { return s.Reveal() == other.Reveal() }

// String returns a redaction.
func (s String) String() string { return redacted }

// GoString returns a redaction.
func (s String) GoString() string { return redacted }

// Format writes a redaction for every verb.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalJSON always fails with [ErrMarshal].
func (s String) MarshalJSON() ([]byte, error) { return nil, ErrMarshal }

// MarshalText always fails with [ErrMarshal].
func (s String) MarshalText() ([]byte, error) { return nil, ErrMarshal }

// MarshalBinary always fails with [ErrMarshal].
func (s String) MarshalBinary() ([]byte, error) { return nil, ErrMarshal }
