// Package blobstore works on one container of a blob storage.
//
// A [Container] lists, reads, writes and deletes blobs. It makes its requests of a
// [Backend], which is Azure Blob storage in production (package azureblob) and
// memory in tests (package memblob). An [Assembly] stages streams of unknown
// length as blocks, in memory that its [AssemblyPlan] bounds, and makes them a
// blob by one create-only commit. [Container.Verify] reads a blob back and
// compares it block by block. [Container.SetImmutabilityPolicy] has the storage
// refuse to delete one version of a blob before a time.
//
// What it promises:
//
//   - No blob appears, and none is written over, except by [Container.Put].
//   - Errors are the backend's, with the action that failed: a failure with
//     [failure.ContainerNotAccessible] needs a person, one with
//     [failure.StorageUnavailable] is an outage, and the rest are [ErrNotFound],
//     [ErrExists], [ErrChanged], [ErrArchived], [ErrLocked] or plain.
//   - Requests are repeated during an outage: those of the data path for the
//     outage limit of [New], all others for half a minute at most.
//   - When the context ends, calls return at once and leave no goroutine.
//
// Imports of this module: internal/failure, internal/outage.
package blobstore
