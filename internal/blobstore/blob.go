package blobstore

import "time"

// Meta is a blob's metadata. Keys are of [a-z0-9_]; values must be printable
// ASCII, since they travel as HTTP headers.
type Meta map[string]string

// Blob is a committed blob.
type Blob struct {
	Name string
	Size int64
	// ETag is without quotes, whether it comes from a listing or an answer.
	ETag         string
	LastModified time.Time
	Meta         Meta
	// Tier is that of a blob that was listed, or looked at; of any other it is empty.
	Tier Tier
	// Version is the ID of this version, where the account keeps earlier ones.
	Version string
	// Previous reports whether a listed version is not the current one:
	// the blob has been written over, or deleted.
	Previous bool
	// MD5 is the content's of one that was listed, where the storage knows it: of
	// what came in blocks it does not.
	MD5 []byte
	// Policy is the immutability policy of this version; only a listing with versions shows it.
	Policy ImmutabilityPolicy
}

// ImmutabilityPolicy is the policy of one version of a blob: nobody can delete
// the version before it ends. The zero value is none.
type ImmutabilityPolicy struct {
	// Until is to the second.
	Until time.Time
	// Locked reports whether the policy can only be extended.
	Locked bool
}

// Holds reports whether the storage refuses to delete the version at that time.
func (p ImmutabilityPolicy) Holds(now time.Time) bool { return now.Before(p.Until) }

// Tier is an access tier, by the storage's own name for it.
type Tier string

// The tiers that this program asks for.
const (
	Hot     Tier = "Hot"
	Archive Tier = "Archive"
)
