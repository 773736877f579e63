package blobstore

import "time"

// Meta is a blob's metadata. Keys consist of [a-z0-9_]. Values must be
// printable ASCII because they are sent as HTTP headers.
type Meta map[string]string

// Blob is a committed blob.
type Blob struct {
	Name string
	Size int64
	// ETag has no quotes.
	ETag         string
	LastModified time.Time
	Meta         Meta
	// Tier is the access tier. Only a listing, Stat and Copied set it.
	Tier Tier
	// Version is the ID of this version, if the account keeps versions.
	Version string
	// Previous reports whether a listed version is not the current one because the
	// blob was overwritten or deleted.
	Previous bool
	// MD5 is the MD5 of the content. Only a listing sets it. The storage has none
	// for a blob committed from blocks.
	MD5 []byte
	// Policy is the immutability policy of this version. Only a listing with
	// versions sets it.
	Policy ImmutabilityPolicy
}

// ImmutabilityPolicy is the policy of one version of a blob. The storage
// refuses to delete the version before the policy ends. The zero value is no
// policy.
type ImmutabilityPolicy struct {
	// Until is the end of the policy, in whole seconds.
	Until time.Time
	// Locked reports whether the policy can be extended but not shortened or
	// removed.
	Locked bool
}

// Holds reports whether the storage refuses to delete the version at a time.
func (p ImmutabilityPolicy) Holds(now time.Time) bool { return now.Before(p.Until) }

// Tier is the storage's name of an access tier.
type Tier string

// The tiers that this program requests.
const (
	Hot     Tier = "Hot"
	Archive Tier = "Archive"
)
