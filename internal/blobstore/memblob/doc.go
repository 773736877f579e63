// Package memblob implements [blobstore.Backend] in memory, for tests.
//
// A [Store] keeps the contract of [blobstore.Backend] strictly. It has
// versions, ETags, conditions, immutability policies, tiers and copies that
// take time. It enforces Azure's limits of names, metadata, blobs and blocks.
// Its clock is a parameter. [Store.Inject] makes requests fail before or after
// they are carried out, or in the middle of a read.
//
// Imports of this module: internal/blobstore, internal/failure.
package memblob
