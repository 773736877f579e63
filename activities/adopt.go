package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/vault"
)

// dumpBeat is a heartbeat of Dump. It shows progress, and the next attempt
// reads from it which dump may have been committed.
type dumpBeat struct {
	progress.Snapshot
	// Stored is the dump about to be committed, without its ETag.
	Stored *DumpResult `json:"stored,omitempty"`
}

const (
	// maxStored bounds the description of a dump in a heartbeat, in bytes. A
	// dump with a longer one is repeated if its result is lost.
	maxStored = 1 << 20
	// announceLimit is how long a commit waits for the Temporal server to
	// accept the announcement. The commit then continues without it: this
	// worker still knows the result.
	announceLimit  = time.Minute
	attemptPattern = "%s-%d"
)

// announced is the description of a dump in its heartbeats.
type announced struct {
	meter  *progress.Meter
	stored atomic.Pointer[DumpResult]
}

func (a *announced) beat() any {
	return dumpBeat{Snapshot: a.meter.Snapshot(), Stored: a.stored.Load()}
}

// announce adds the dump to the heartbeats and waits until the server has it.
// An ordinary heartbeat is sent later and not confirmed.
func (a *announced) announce(ctx context.Context, d DumpResult) {
	if text, err := json.Marshal(d); err != nil || len(text) > maxStored {
		return
	}
	a.stored.Store(&d)
	ctx, cancel := context.WithTimeout(ctx, announceLimit)
	defer cancel()
	_ = announce(ctx, a.beat) // otherwise only this worker knows the dump
}

// adopted returns the dump that an earlier attempt of this run announced, if it
// was committed whole.
func (b *Backup) adopted(ctx context.Context, plan BackupPlan) (d DumpResult, found bool, err error) {
	d, announced := announcedBefore(ctx, plan)
	if !announced {
		return DumpResult{}, false, nil
	}
	d.ETag, found, err = b.Vault.FindStored(ctx, vault.StoredDump{
		Blob: d.Blob, BlocksBlob: d.BlocksBlob, Size: d.Size, BlocksSHA256: d.BlocksSHA256, BlocksSize: d.BlocksSize,
	})
	return d, found, err
}

// announcedBefore returns the dump that an earlier attempt of this run
// announced, if its blob names are those of an attempt.
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
