package main

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

func TestLogsHaveNothingThatATerminalActsOn(t *testing.T) {
	t.Parallel()
	const name = "x\x1b]0;owned\x07\u202e\u009b2J\nforged"
	var out bytes.Buffer
	newLogger(&out).Warn("table "+name, zap.String("table", name))
	require.NotContains(t, out.String(), "\x1b")
	require.NotContains(t, out.String(), "\u202e")
	require.NotContains(t, out.String(), "\u009b")
	require.Equal(t, 1, bytes.Count(out.Bytes(), []byte("\n")))
	var entry map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &entry))
	require.Equal(t, name, entry["table"])
	at, err := time.Parse(time.RFC3339, entry["time"].(string))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), at, time.Hour)
	require.Equal(t, time.UTC, at.Location())
}
