package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault"
)

// dumpBeat is a heartbeat of Dump: for people, and for the next attempt to learn
// which dump may have been committed.
type dumpBeat struct {
	progress.Snapshot
	// Stored is the dump as it is about to be committed, without its ETag.
	Stored *DumpResult `json:"stored,omitempty"`
}

const (
	// maxStored bounds what a heartbeat tells of a dump, in bytes. One of which
	// there is more to tell is dumped again where its result is lost.
	maxStored = 1 << 20
	// announceLimit is how long a commit waits for a Temporal server to take the
	// announcement. It goes on without: this worker still knows the result.
	announceLimit  = time.Minute
	blockListKey   = "blocklist"
	attemptPattern = "%s-%d"
)

// announced is what a dump's heartbeats say of it.
type announced struct {
	meter  *progress.Meter
	stored atomic.Pointer[DumpResult]
}

func (a *announced) beat() any {
	return dumpBeat{Snapshot: a.meter.Snapshot(), Stored: a.stored.Load()}
}

// announce has the heartbeats name the dump, and waits until Temporal knows it,
// which an ordinary heartbeat, sent when it suits, does not tell.
func (a *announced) announce(ctx context.Context, d DumpResult) {
	if text, err := json.Marshal(d); err != nil || len(text) > maxStored {
		return
	}
	a.stored.Store(&d)
	ctx, cancel := context.WithTimeout(ctx, announceLimit)
	defer cancel()
	_ = announce(ctx, a.beat) // without it, only this worker knows the dump
}

// adopted returns the dump that an earlier attempt of this run has announced, if
// it was committed whole: the blob has the announced length, and its block list
// the announced hash, in its metadata and by its content.
func (b *Backup) adopted(ctx context.Context, plan BackupPlan) (DumpResult, bool, error) {
	d, ok := announcedBefore(ctx, plan)
	if !ok {
		return DumpResult{}, false, nil
	}
	blob, err := b.Container.Stat(ctx, d.Blob)
	if errors.Is(err, blobstore.ErrNotFound) {
		return DumpResult{}, false, nil
	}
	if err != nil {
		return DumpResult{}, false, fmt.Errorf("look for the dump of an earlier attempt: %w", err)
	}
	if blob.Size != d.Size || blob.Meta[blockListKey] != d.BlocksSHA256 {
		return DumpResult{}, false, nil
	}
	list, _, err := b.Container.Get(ctx, d.BlocksBlob, d.BlocksSize)
	if errors.Is(err, blobstore.ErrNotFound) || errors.Is(err, blobstore.ErrTooLong) {
		return DumpResult{}, false, nil
	}
	if err != nil {
		return DumpResult{}, false, fmt.Errorf("read the block list of an earlier attempt: %w", err)
	}
	d.ETag = blob.ETag
	return d, blobstore.HashOf(list) == d.BlocksSHA256, nil
}

// announcedBefore is what an earlier attempt of this run has announced, under
// the names that it must have.
func announcedBefore(ctx context.Context, plan BackupPlan) (DumpResult, bool) {
	var last dumpBeat
	var raw json.RawMessage
	if !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &raw) != nil || json.Unmarshal(raw, &last) != nil || last.Stored == nil {
		return DumpResult{}, false
	}
	info := activity.GetInfo(ctx)
	for earlier := int32(1); earlier < info.Attempt; earlier++ {
		names := vault.AttemptNames(plan.Instance.Name, plan.Point, fmt.Sprintf(attemptPattern, vault.ShortID(info.WorkflowExecution.RunID), earlier))
		if last.Stored.Blob == names.Dump && last.Stored.BlocksBlob == names.Blocks {
			return *last.Stored, true
		}
	}
	return DumpResult{}, false
}
