package activities

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"go.temporal.io/sdk/activity"

	"github.com/pgvault/pgvault/internal/progress"
)

// restoreBeat is a heartbeat of RestoreDatabase. It shows progress, and the
// next attempt reads from it which transactions may have committed.
type restoreBeat struct {
	progress.Snapshot
	Transactions []string `json:"transactions,omitempty"`
}

// transactions are the IDs of the transactions in which the attempts of a step
// have loaded rows. It is safe for concurrent use.
type transactions struct {
	mu  sync.Mutex
	ids []string
}

// earlierTransactions returns the transactions of earlier attempts.
func earlierTransactions(ctx context.Context) *transactions {
	var last restoreBeat
	var raw json.RawMessage
	if !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &raw) != nil || json.Unmarshal(raw, &last) != nil {
		return &transactions{}
	}
	return &transactions{ids: last.Transactions}
}

func (t *transactions) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.ids)
}

func (t *transactions) beat(m *progress.Meter) restoreBeat {
	return restoreBeat{Snapshot: m.Snapshot(), Transactions: t.all()}
}

// announce adds a transaction and waits until the server has it. An ordinary
// heartbeat is sent later and not confirmed.
func (t *transactions) announce(ctx context.Context, id string, m *progress.Meter) error {
	t.mu.Lock()
	t.ids = append(t.ids, id)
	t.mu.Unlock()
	return announce(ctx, func() any { return t.beat(m) })
}
