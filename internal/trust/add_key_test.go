package trust_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/trust"
)

var added = trust.Key{ID: "m/9", File: "m-9.pem", From: time.Date(2026, 12, 2, 0, 0, 0, 0, time.UTC)}

const item = "{id: m/9, publicKey: m-9.pem, from: 2026-12-02}"

func TestAddKey(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"no section": {
			"notify: [a]   # who\n# the end\n",
			"notify: [a]   # who\n# the end\nsignatures:\n  required: false\n  manifests:\n    - " + item + "\n",
		},
		"no section and no newline": {
			"notify: [a]",
			"notify: [a]\nsignatures:\n  required: false\n  manifests:\n    - " + item + "\n",
		},
		"no list": {
			"signatures:\n    evidence:\n    - {id: e/1, publicKey: e.pem, from: 2026-12-01}\n    # done\nnotify: [a]\n",
			"signatures:\n    evidence:\n    - {id: e/1, publicKey: e.pem, from: 2026-12-01}\n    manifests:\n      - " + item + "\n    # done\nnotify: [a]\n",
		},
		"a list in lines": {
			"signatures:\n  manifests:\n    - id: m/1   # the first\n      publicKey: m.pem\n      from: 2026-12-01\n\n  required: true\n",
			"signatures:\n  manifests:\n    - id: m/1   # the first\n      publicKey: m.pem\n      from: 2026-12-01\n    - " + item + "\n\n  required: true\n",
		},
		"items below the key": {
			"signatures:\n  manifests:\n  - {id: m/1, publicKey: m.pem, from: 2026-12-01}\n  copied: [2026-12-24]\n",
			"signatures:\n  manifests:\n  - {id: m/1, publicKey: m.pem, from: 2026-12-01}\n  - " + item + "\n  copied: [2026-12-24]\n",
		},
		"lines of Windows": {
			"signatures:\r\n  manifests:\r\n    - {id: m/1, publicKey: m.pem, from: 2026-12-01}\r\n",
			"signatures:\r\n  manifests:\r\n    - {id: m/1, publicKey: m.pem, from: 2026-12-01}\r\n    - " + item + "\r\n",
		},
		"a list in brackets": {
			"signatures:\n  manifests: [{id: m/1, publicKey: m.pem, from: 2026-12-01}]   # one\n",
			"signatures:\n  manifests: [{id: m/1, publicKey: m.pem, from: 2026-12-01}, " + item + "]   # one\n",
		},
		"brackets over lines": {
			"signatures:\n  manifests: [\n    {id: m/1, publicKey: m.pem, from: 2026-12-01},   # one\n  ]\n",
			"signatures:\n  manifests: [\n    {id: m/1, publicKey: m.pem, from: 2026-12-01},   # one\n  " + item + "]\n",
		},
		"a section in brackets": {
			"signatures: {evidence: [{id: e/1, publicKey: e.pem, from: 2026-12-01}]}\n",
			"signatures: {evidence: [{id: e/1, publicKey: e.pem, from: 2026-12-01}], manifests: [" + item + "]}\n",
		},
		"all in brackets": {
			"{notify: [a]}\n",
			"{notify: [a], signatures: {required: false, manifests: [" + item + "]}}\n",
		},
		"letters of two bytes": {
			"# Schlüssel\nsignatures: {manifests: [{id: m/1, publicKey: \"schlüssel.pem\", from: 2026-12-01}]}\n",
			"# Schlüssel\nsignatures: {manifests: [{id: m/1, publicKey: \"schlüssel.pem\", from: 2026-12-01}, " + item + "]}\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := trust.AddKey([]byte(c.text), "trust.yaml", trust.Manifests, added)
			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
			keys := parse(t, string(got)).Signatures().Manifests
			require.Equal(t, added, keys[len(keys)-1])
		})
	}
}

func TestAddKeyOfEvidence(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	got, err := trust.AddKey(text, "trust.yaml", trust.Evidence, added)
	require.NoError(t, err)
	before, after := parse(t, string(text)).Signatures(), parse(t, string(got)).Signatures()
	require.Equal(t, before.Manifests, after.Manifests)
	require.Equal(t, append(before.Evidence, added), after.Keys(trust.Evidence))
	require.Equal(t, string(text), strings.Replace(string(got), "    - "+item+"\n", "", 1))
}

func TestAddKeyRefuses(t *testing.T) {
	t.Parallel()
	for says, text := range map[string]string{
		"unknown field":            "notfy: [a]\n",
		"signatures:\" by hand":    "signatures: &s {manifests: [{id: m/1, publicKey: m.pem, from: 2026-12-01}]}\n",
		"- {id: m/9, publicKey: m": "signatures:\n  manifests: [{id: m/9, publicKey: m.pem, from: 2026-12-01}]\n",
	} {
		_, err := trust.AddKey([]byte(text), "trust.yaml", trust.Manifests, added)
		require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err), says)
		require.ErrorContains(t, err, says)
	}
}

// What is added is inserted in one place, and the file means the same besides.
func FuzzAddKey(f *testing.F) {
	for _, file := range []string{example, "builtin.yaml", "testdata/several.written"} {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(string(text))
	}
	f.Add("signatures:\n  manifests: [\n    {id: m/1, publicKey: m.pem, from: 2026-12-01},   # one\n  ]\n")
	f.Add("{signatures: {evidence: [{id: m/1, publicKey: m.pem, from: 2026-12-01}]}}")
	f.Fuzz(func(t *testing.T, text string) {
		before, err := trust.Parse([]byte(text), "trust.yaml")
		if err != nil {
			return
		}
		got, err := trust.AddKey([]byte(text), "trust.yaml", trust.Manifests, added)
		if err != nil {
			return
		}
		after, err := trust.Parse(got, "trust.yaml")
		require.NoError(t, err)
		require.Len(t, after.Signatures().Manifests, len(before.Signatures().Manifests)+1)
		prefix := 0
		for prefix < len(text) && text[prefix] == got[prefix] {
			prefix++
		}
		require.True(t, strings.HasSuffix(string(got), text[prefix:]), "%q became %q", text, got)
	})
}
