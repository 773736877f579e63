// Package memblob is a blob container in memory, for tests.
//
// A [Store] keeps the contract of [blobstore.Backend] strictly, with versions,
// ETags, conditions, immutability policies, tiers, copies that take their time, and
// Azure's limits of names, metadata, blobs and blocks. Its clock is handed in.
// [Store.Inject] makes requests fail as a test wants: before they are carried
// out, after that, or in the middle of a read.
//
// Imports of this module: internal/blobstore, internal/failure.
package memblob
