package manifest

import "fmt"

// Damage is a part of a blob that differs from what was stored.
type Damage struct {
	// Blob is the blob's name within the folder of the point.
	Blob   string `json:"blob"`
	Offset int64  `json:"offset"`
	// Size is the length of the damaged part in bytes; absent if it extends to
	// the end of the blob.
	Size int64 `json:"size,omitempty"`
	// What is one of the constants below.
	What string `json:"what"`
}

// The values of Damage.What.
const (
	WhatMissing  = "missing"
	WhatLength   = "other length"
	WhatBytes    = "other bytes"
	WhatUnread   = "cannot be decoded"
	WhatMetadata = "other metadata"
	// WhatSignature is a manifest that the trust file does not accept.
	WhatSignature = "not signed as the trust file demands"
)

// String describes the damage in words.
func (d Damage) String() string {
	switch {
	case d.What != WhatBytes && d.What != WhatLength:
		return d.Blob + ": " + d.What
	case d.Size > 0:
		return fmt.Sprintf("%s: %s at offset %d, %d bytes", d.Blob, d.What, d.Offset, d.Size)
	}
	return fmt.Sprintf("%s: %s at offset %d", d.Blob, d.What, d.Offset)
}
