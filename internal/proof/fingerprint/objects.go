package fingerprint

import (
	"crypto/sha256"
	"hash"
)

// ObjectHasher computes the fingerprints of large objects one after another. It is
// not safe for concurrent use.
type ObjectHasher struct {
	object Object
	sum    hash.Hash
}

// NewObjectHasher returns a hasher without an open object.
func NewObjectHasher() *ObjectHasher { return &ObjectHasher{sum: sha256.New()} }

// Begin begins an object.
func (h *ObjectHasher) Begin(oid uint32) {
	h.object = Object{OID: oid}
	h.sum.Reset()
}

// Write adds content of the object. It never returns an error.
func (h *ObjectHasher) Write(content []byte) (int, error) {
	h.object.Bytes += int64(len(content))
	return h.sum.Write(content)
}

// End returns the fingerprint of the object.
func (h *ObjectHasher) End() Object {
	h.sum.Sum(h.object.SHA256[:0])
	return h.object
}
