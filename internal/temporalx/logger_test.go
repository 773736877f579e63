package temporalx_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/pgvault/pgvault/internal/temporalx"
)

func TestLogger(t *testing.T) {
	t.Parallel()
	core, seen := observer.New(zap.InfoLevel)
	logger := temporalx.NewLogger(zap.New(core, zap.AddCaller()))
	logger.Debug("left out")
	log.With(logger, "WorkflowID", "backup/a").Warn("watch", "Attempt", 2, "odd")
	require.Equal(t, 1, seen.Len())
	entry := seen.All()[0]
	require.Equal(t, "watch", entry.Message)
	require.Equal(t, map[string]any{"workflow": "backup/a", "attempt": int64(2), "extra": "odd"}, entry.ContextMap())
	require.Contains(t, entry.Caller.File, "logger_test.go")
}
