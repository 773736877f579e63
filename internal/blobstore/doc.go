// Package blobstore works on one container of Azure Blob storage.
//
// A [Container] lists, reads, writes and deletes blobs. An [Upload] stages a
// stream of unknown length as blocks, in memory that its [Plan] bounds, and
// makes it a blob by one create-only commit; [Container.Verify] reads a blob
// back and compares it block by block. [Container.SetImmutabilityPolicy] has the storage keep one
// version of a blob, until a time, from whoever would delete it.
//
// What it promises:
//
//   - No blob appears, and none is written over, but by [Container.Put].
//   - Every error is classified in one place: what a person must mend is a
//     failure with [failure.ContainerNotAccessible], an outage is one with
//     [failure.StorageUnavailable], and the rest are [ErrNotFound], [ErrExists],
//     [ErrChanged], [ErrArchived], [ErrLocked] or plain.
//   - Outages are ridden out: the data path tries again for [Options].OutageLimit,
//     all else for half a minute at most.
//   - When the context ends, calls return at once and leave no goroutine.
//
// Imports of this module: internal/clock, internal/failure, internal/outage.
package blobstore
