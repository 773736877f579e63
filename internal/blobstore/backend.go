package blobstore

import (
	"context"
	"io"
	"time"
)

// Backend sends requests to one container of a blob storage. It sends each
// request once; a [Container] retries it. Implementations are safe for
// concurrent use. Package backendtest checks this contract.
//
// The errors of all methods are of four kinds:
//
//   - [ErrNotFound], [ErrExists], [ErrChanged], [ErrArchived], [ErrLocked] and
//     [ErrTooShort] are answers of the storage.
//   - A [*failure.Error] with [failure.StorageUnavailable] means that the same
//     request may succeed later. The storage is unavailable or busy, or its answer
//     was lost. In the last case the request may have been carried out.
//   - Another [*failure.Error] needs a person. It has
//     [failure.ContainerNotAccessible] if the container does not exist or the
//     identity lacks the right to the request.
//   - Any other error is permanent.
//
// An error names the container and the cause; the Container adds the action. A
// method returns at once when ctx ends. Its error is then none of the answers
// of the storage.
//
// ETags have no quotes. A method does not retain a slice argument after it
// returns.
type Backend interface {
	// Location returns the container's location. It sends no request.
	Location() Location

	// Stat returns the current version of a blob and the state of the copy that
	// created it. It returns [ErrNotFound] if there is no blob. Staged blocks alone
	// are not a blob.
	Stat(ctx context.Context, name string) (Blob, CopyStatus, error)

	// Read returns count bytes of the blob from offset, and the blob's ETag. count
	// must be positive. If etag is not "" and the blob has another ETag, the error
	// is [ErrChanged]. If the blob has fewer bytes, the error is [ErrTooShort]. If
	// it is in the archive tier, the error is [ErrArchived].
	//
	// The reader returns io.EOF after count bytes. If the bytes end earlier, it
	// returns a failure with [failure.StorageUnavailable] and never io.EOF. ctx
	// must stay valid until the reader is closed.
	Read(ctx context.Context, name, etag string, offset, count int64) (io.ReadCloser, string, error)

	// Put writes a whole blob and replaces a blob that meets the condition. The
	// storage refuses content that was altered in transit. If Condition.New is not
	// met, the error is [ErrExists]. If Condition.ETag is not met, the error is
	// [ErrChanged], or [ErrNotFound] if there is no blob.
	//
	// Each success creates a new ETag and, if versions are kept, a new version. A
	// request without a condition may be repeated. A request with a condition fails
	// when it is repeated after its answer was lost, as if another writer had won.
	Put(ctx context.Context, name string, content []byte, meta Meta, c Condition) (Blob, error)

	// Delete deletes the current version of a blob that meets the condition. If
	// versions are kept, it becomes a previous version. The error is [ErrNotFound]
	// if there is no blob, also for a repeated request. A pending copy cannot be
	// deleted.
	Delete(ctx context.Context, name string, c Condition) error

	// DeleteVersion deletes a previous version of a blob. The error is
	// [ErrNotFound] if there is no such version, and [ErrLocked] if a policy
	// protects it. Deleting the current version fails.
	DeleteVersion(ctx context.Context, name, version string) error

	// List returns one page of the blobs, sorted by name and then from the oldest
	// version to the newest. A repeated request returns the same page.
	List(ctx context.Context, l Listing) (Page, error)

	// StageBlock uploads a block of an uncommitted blob. It replaces a block with
	// the same ID, so it may be repeated. The IDs of all blocks of a blob have the
	// same length. The storage refuses content that was altered in transit. moved
	// is called whenever bytes are sent.
	StageBlock(ctx context.Context, name, id string, content []byte, moved func()) error

	// CommitBlocks creates a blob from staged blocks, in the order of ids, and
	// discards the other blocks. The error is [ErrExists] if there is a blob of
	// that name. An earlier request whose answer was lost may have created it. The
	// size of the returned blob is not set.
	CommitBlocks(ctx context.Context, name string, ids []string, meta Meta) (Blob, error)

	// SetTier moves a blob to a tier. Its content, ETag and time do not change. It
	// may be repeated. A failure with [failure.ArchiveTierNotSupported] means that
	// the account lacks the tier.
	SetTier(ctx context.Context, name string, tier Tier) error

	// StartCopy starts a copy of a blob to a new blob in the hot tier. The error is
	// [ErrExists] if there is a blob of that name. An earlier request whose answer
	// was lost may have created it. The error is [ErrChanged] if the source has
	// another ETag, and [ErrNotFound] if it does not exist.
	StartCopy(ctx context.Context, r Rehydration) error

	// RaisePriority raises a pending copy to high priority. It may be repeated. It
	// does not change a completed copy. The error is [ErrArchived] if the storage
	// cannot raise the priority now.
	RaisePriority(ctx context.Context, name string) error

	// AbortCopy aborts a pending copy and leaves an empty blob. It succeeds if the
	// copy has ended or does not exist, so it may be repeated.
	AbortCopy(ctx context.Context, name, id string) error

	// SetImmutabilityPolicy sets the policy of a version; "" is the current
	// version. It may be repeated. The error is [ErrLocked] if the new policy is
	// shorter or weaker than a locked one. A failure with
	// [failure.ImmutabilityNotSupported] means that the container has no policies.
	// A failure with [failure.MissingImmutabilityPermissions] means that the
	// identity lacks the right.
	SetImmutabilityPolicy(ctx context.Context, name, version string, p ImmutabilityPolicy) error

	// ServerTime returns the storage's current time, in whole seconds.
	ServerTime(ctx context.Context) (time.Time, error)

	// SoftDeleteDays returns the number of days for which the account keeps deleted
	// blobs, or 0 if it does not keep them. It needs a separate right.
	SoftDeleteDays(ctx context.Context) (int, error)
}

// Condition is a precondition of a change. The zero value is no condition.
type Condition struct {
	// New requires that the blob does not exist.
	New bool
	// ETag requires that the blob has this ETag. "" requires nothing.
	ETag string
}

// Listing is a request for one page of blobs.
type Listing struct {
	Prefix string
	// Marker is Page.Next of the previous page, or "" for the first page.
	Marker string
	// Limit is the maximum size of the page. 0 means the storage's limit of 5,000.
	Limit int32
	// Versions adds previous versions, and the policy of each version.
	Versions bool
	// Delimiter, if not "", groups names that contain it after the prefix into one
	// directory each. It cannot be combined with Versions.
	Delimiter string
}

// Page is one page of a listing.
type Page struct {
	Blobs []Blob
	// Dirs are the directories: names up to and including the delimiter.
	Dirs []string
	// Next is the marker of the next page, or "" after the last page. An empty page
	// may have a next page.
	Next string
}
