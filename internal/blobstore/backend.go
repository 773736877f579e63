package blobstore

import (
	"context"
	"io"
	"time"
)

// Backend is one container of a blob storage: the requests that a [Container]
// makes of it, each of which it makes once. Retries are the Container's.
// Implementations are safe for concurrent use. Package backendtest checks this
// contract.
//
// The errors of all methods are of four kinds:
//
//   - [ErrNotFound], [ErrExists], [ErrChanged], [ErrArchived], [ErrLocked] and
//     [ErrTooShort] are answers of the storage.
//   - A [*failure.Error] with [failure.StorageUnavailable] means that the same
//     request may succeed later: the storage is away or busy, or its answer was
//     lost, and then the request may have been carried out.
//   - Another [*failure.Error] needs a person. It has
//     [failure.ContainerNotAccessible] if the container does not exist or the
//     identity has no right to the request.
//   - Any other error is permanent.
//
// An error names the container and the cause; the Container adds the action.
// When ctx ends, a method returns at once, with an error that is no answer of the
// storage.
//
// ETags have no quotes. A method does not read a slice that was passed to it after
// it has returned.
type Backend interface {
	// Location returns the container's place. It sends no request.
	Location() Location

	// Stat describes the current version of a blob, and the copy that made it.
	// [ErrNotFound] means that there is none; staged blocks are no blob.
	Stat(ctx context.Context, name string) (Blob, CopyStatus, error)

	// Read returns count bytes of the blob from the offset; count is positive.
	// With an etag other than "", a blob with another one is [ErrChanged]. A blob
	// with fewer bytes is [ErrTooShort], and one in the archive tier [ErrArchived].
	// It returns the blob's ETag too.
	//
	// The reader ends with io.EOF after count bytes. If the bytes end earlier, its
	// error is a failure with [failure.StorageUnavailable], and never io.EOF. ctx
	// is the reader's until it is closed.
	Read(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, string, error)

	// Put writes a whole blob, replacing one that meets the condition. The storage
	// refuses content that changes on its way. A condition that is not met is
	// [ErrExists] for a new blob, and [ErrChanged] or, if the blob does not exist,
	// [ErrNotFound] for an ETag.
	//
	// Each success makes a new ETag and, where versions are kept, a new version.
	// Without a condition it may be repeated. With one, the repetition of a request
	// whose answer was lost fails, as after a race that was lost.
	Put(ctx context.Context, name string, content []byte, meta Meta, c Condition) (Blob, error)

	// Delete deletes the current version of a blob if it meets the condition;
	// where versions are kept, it becomes a previous one. [ErrNotFound] means that
	// there is none, as for a repetition. A pending copy cannot be deleted.
	Delete(ctx context.Context, name string, c Condition) error

	// DeleteVersion deletes a version that is not the current one. [ErrNotFound]
	// means that there is none, and [ErrLocked] that a policy keeps it. Deleting the
	// current one fails.
	DeleteVersion(ctx context.Context, name, version string) error

	// List returns one page of the blobs, by name, and of those with equal names
	// the oldest version first. A repetition returns the same page.
	List(ctx context.Context, l Listing) (Page, error)

	// StageBlock uploads a block of a blob to be. It replaces a block with the same
	// ID, so it may be repeated. The IDs of all blocks of a blob have one length.
	// The storage refuses content that changes on its way. moved is called whenever
	// bytes go out.
	StageBlock(ctx context.Context, name, id string, content []byte, moved func()) error

	// CommitBlocks makes a new blob of staged blocks, in the order of ids, and
	// discards the others. [ErrExists] means that there is a blob of that name,
	// which may come from an earlier request whose answer was lost. The size of the
	// returned blob is not set.
	CommitBlocks(ctx context.Context, name string, ids []string, meta Meta) (Blob, error)

	// SetTier moves a blob to a tier. Its content, ETag and time stay. It may be
	// repeated. [failure.ArchiveTierNotSupported] means that the account has no such
	// tier.
	SetTier(ctx context.Context, name string, tier Tier) error

	// StartCopy begins to copy a blob to a new one in the hot tier. [ErrExists]
	// means that there is a blob of that name, which may come from an earlier
	// request whose answer was lost. [ErrChanged] means that the source has another
	// ETag, and [ErrNotFound] that it does not exist.
	StartCopy(ctx context.Context, r Rehydration) error

	// RaisePriority raises a pending copy to high priority. It may be repeated, and
	// changes nothing about a copy that has ended. [ErrArchived] means that the
	// storage cannot do it now.
	RaisePriority(ctx context.Context, name string) error

	// AbortCopy ends a pending copy and leaves an empty blob. It succeeds if the copy
	// has ended or does not exist, so it may be repeated.
	AbortCopy(ctx context.Context, name, id string) error

	// SetImmutabilityPolicy sets the policy of a version; "" is the current one.
	// It may be repeated. [ErrLocked] means that it would shorten or weaken a
	// locked policy, [failure.ImmutabilityNotSupported] that the container has no
	// policies, and [failure.MissingImmutabilityPermissions] that the identity lacks
	// the right.
	SetImmutabilityPolicy(ctx context.Context, name, version string, p ImmutabilityPolicy) error

	// ServerTime returns the storage's clock, to the second.
	ServerTime(ctx context.Context) (time.Time, error)

	// SoftDeleteDays returns for how many days the account keeps deleted blobs; 0
	// if it does not. Reading it needs a right of its own.
	SoftDeleteDays(ctx context.Context) (int, error)
}

// Condition is what must be true of a blob for a change. The zero value is none.
type Condition struct {
	// New demands that the blob does not exist.
	New bool
	// ETag demands the blob with it, unless it is "".
	ETag string
}

// Listing asks for a page of blobs.
type Listing struct {
	Prefix string
	// Marker is the Next of the page before; "" for the first.
	Marker string
	// Limit is the largest size of a page; 0 means the storage's own, 5,000.
	Limit int32
	// Versions adds previous versions, and the policy of each version.
	Versions bool
	// Delimiter, if not "", has names that contain it after the prefix listed as
	// one directory each. It is not combined with Versions.
	Delimiter string
}

// Page is one page of a listing.
type Page struct {
	Blobs []Blob
	// Dirs are the directories: names up to and including the delimiter.
	Dirs []string
	// Next is the marker of the next page; "" after the last. A page may be empty
	// and have a next one.
	Next string
}
