package document_test

import (
	"encoding/json"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// FuzzYAMLIsTheSameDocument: YAML has the values of the JSON, and nothing that printing
// would escape.
func FuzzYAMLIsTheSameDocument(f *testing.F) {
	for _, text := range []string{
		"", "plain", "a\u202eb", "\u2066x\u2069", "zero\u200bwidth", "\ufeffx", "x\u2028y\u2029z", "tag\U000e0041", "\x1b[2J", "del\x7f\u0085\u009b31m",
		"two\nlines", "two\nlines\u202e", "a\r\nb", "tab\tx", "\n", "ends\n", "\n begins", "  a\n b", "a: b\u202e", "\xff", "\xff\u202e", `back\slash`, `{"a": 1}`,
		"[x", "null", "~", "0x1f", "2026-11-28", "no\u00a0break", "- x", "x #y", "?", "? x", "<<", "日本語 😀", "a\u202e\"b'",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		encoded, err := document.Encode(sample(text))
		require.NoError(t, err)
		var want map[string]any
		require.NoError(t, json.Unmarshal(encoded, &want))

		asYAML, err := document.EncodeYAML(sample(text))
		require.NoError(t, err)
		require.Equal(t, printable.Lines(string(asYAML)), string(asYAML))
		var got map[string]any
		require.NoError(t, yaml.Unmarshal(asYAML, &got), string(asYAML))
		again, err := json.Marshal(got)
		require.NoError(t, err)
		got = nil
		require.NoError(t, json.Unmarshal(again, &got))
		require.Equal(t, want, got, string(asYAML))
	})
}

// sample returns a document with a text in a field, in a list and as a key.
func sample(text string) document.Document {
	return &document.Status{Container: text, Vault: document.VaultStatus{
		Unseen: []string{text, text}, TrustFiles: map[string][]string{text: {text}},
	}}
}
