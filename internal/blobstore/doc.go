// Package blobstore works on one container of a blob storage.
//
// A [Container] lists, reads, writes and deletes blobs. It sends its requests
// to a [Backend]. The backend is Azure Blob storage in production (package
// azureblob) and memory in tests (package memblob). An [Assembly] stages
// streams of unknown length as blocks and commits them as one blob. Its
// [AssemblyPlan] bounds its memory. [Container.Verify] reads a blob back and
// compares it block by block. [Container.SetImmutabilityPolicy] makes the
// storage refuse to delete one version of a blob before a time.
//
// The package guarantees:
//
//   - Only [Container.Put] and [Container.PutIf] overwrite a blob. Every other
//     write creates a blob and fails if one of that name exists.
//   - An error is the backend's, prefixed by the action that failed. A failure with
//     [failure.ContainerNotAccessible] needs a person. A failure with
//     [failure.StorageUnavailable] is an outage. Other errors are [ErrNotFound],
//     [ErrExists], [ErrChanged], [ErrArchived], [ErrLocked], [ErrTooLong],
//     [ErrTooShort] or plain.
//   - Requests are retried during an outage. Uploads of blocks, commits,
//     verifications and readers are retried for the outage limit of [New], other
//     requests for at most 30 seconds.
//   - Calls return at once when the context ends, and leave no goroutine.
//
// Imports of this module: internal/blobstore/memory, internal/failure,
// internal/outage.
package blobstore
