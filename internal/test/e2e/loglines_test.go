package e2e_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// ofEveryLine are the fields of each line, and of those of Temporal's SDK.
var ofEveryLine = []string{"time", "level", "msg"}

// logLines reads a worker's output: each line is JSON, and an event with its level
// and fields or a line of Temporal's SDK.
func logLines(t reporter, output []byte) (lines []map[string]any) {
	t.Helper()
	for text := range bytes.Lines(output) {
		if !bytes.HasSuffix(text, []byte("\n")) {
			continue // the worker was killed while it wrote
		}
		var line map[string]any
		if err := json.Unmarshal(text, &line); err != nil {
			t.Errorf("the worker wrote a line that is no JSON: %s", text)
			continue
		}
		lines = append(lines, line)
		checkLine(t, line, text)
	}
	return lines
}

func checkLine(t reporter, line map[string]any, text []byte) {
	t.Helper()
	at, _ := line["time"].(string)
	if _, err := time.Parse(time.RFC3339, at); err != nil {
		t.Errorf("the time of a line is not of RFC 3339: %s", text)
	}
	if line["logger"] == "temporal" {
		return
	}
	name, _ := line["msg"].(string)
	event, known := events.Named(name)
	if !known {
		t.Errorf("a line is no event: %s", text)
		return
	}
	if line["level"] != event.Level.String() {
		t.Errorf("a line of level %s: %s", event.Level, text)
	}
	for field := range line {
		if !slices.Contains(event.Fields, field) && !slices.Contains(ofEveryLine, field) {
			t.Errorf("the event has no field %s: %s", field, text)
		}
	}
}
