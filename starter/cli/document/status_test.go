package document_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func TestProtectionIsToldWithItsAuthor(t *testing.T) {
	t.Parallel()
	stopped := estate.Protection{
		State: estate.Stopped, Mode: vault.RetainAsPerPolicy, Since: time.Date(2026, 11, 27, 11, 30, 0, 0, time.UTC), By: "ann@example.com", Reason: "moved",
	}
	encoded, err := document.Encode(document.StatusOf(estate.Estate{Instances: []estate.Instance{{Protection: stopped}}}))
	require.NoError(t, err)
	var status struct {
		Instances []struct{ Protection json.RawMessage }
	}
	require.NoError(t, json.Unmarshal(encoded, &status))
	require.JSONEq(t, `{
		"state": "stopped", "mode": "stopped-retain-as-per-policy", "since": "2026-11-27T11:30:00Z", "by": "ann@example.com", "reason": "moved",
		"heldSchedules": []
	}`, string(status.Instances[0].Protection))
}
