package printable_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

func TestLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                      "",
		`shop.orders "x" \ ü €`: `shop.orders "x" \ ü €`,
		"naïve 日本語 😀":           "naïve 日本語 😀",
		"a\nb\tc\rd":            `a\u000ab\u0009c\u000dd`,
		"\x1b]8;;http://x\x07":  `\u001b]8;;http://x\u0007`,
		"\x1b[2J":               `\u001b[2J`,
		"\x9b31m":               `\ufffd31m`,
		"\u009b31m":             `\u009b31m`,
		"admin\u202etxt":        `admin\u202etxt`,
		"\u2066x\u2069":         `\u2066x\u2069`,
		"zero\u200bwidth":       `zero\u200bwidth`,
		"\u2028":                `\u2028`,
		"\ufeffx":               `\ufeffx`,
		"tag\U000e0041":         `tag\udb40\udc41`,
		"del\x7f":               `del\u007f`,
		"no\u00a0break":         "no\u00a0break",
	} {
		require.Equal(t, want, printable.Line(text))
	}
	require.Equal(t, "a\n\tb\\u001b", printable.Lines("a\n\tb\x1b"))
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a \\| b\\\\u000a&lt;img src=x&gt; \\[x\\](y) \\`c\\` \\*\\*d\\*\\* &amp;lt;", printable.Markdown("a | b\n<img src=x> [x](y) `c` **d** &lt;"))
	require.Equal(t, "1.2 GiB of 4.0 GiB, pgvault_restore_1", printable.Markdown("1.2 GiB of 4.0 GiB, pgvault_restore_1"))
}

func TestEscapedJSONIsTheSameJSON(t *testing.T) {
	t.Parallel()
	const name = "x\u202e\U000e0041\u007f\u009b\x1b\n€"
	encoded, err := json.Marshal(name)
	require.NoError(t, err)
	var decoded string
	require.NoError(t, json.Unmarshal([]byte(printable.Lines(string(encoded))), &decoded))
	require.Equal(t, name, decoded)
}

// However a text is cut into writes, the same is written.
func TestWriterTakesCutCharacters(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a€😀\u202eb", "\x1b[31mé", "ends \xf0\x9f", "\xff\xfe\xf0x€"} {
		for cut := range len(text) {
			var b bytes.Buffer
			w := printable.Writer(&b)
			for _, part := range []string{text[:cut], text[cut:]} {
				n, err := w.Write([]byte(part))
				require.NoError(t, err)
				require.Equal(t, len(part), n)
			}
			if utf8.ValidString(text) {
				require.Equal(t, printable.Lines(text), b.String())
				continue
			}
			require.True(t, utf8.Valid(b.Bytes()))
			require.NotContains(t, b.String(), "\x1b")
		}
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"": "", "abcd": "abcd", "abcde": "abcd…", "ab€": "ab…", "€€": "€…", "a\xff\xffbc": "ab…"} {
		require.Equal(t, want, printable.Cut(text, 4), text)
	}
}

func FuzzNothingUnsafeIsLeft(f *testing.F) {
	f.Add("a\x1b\u202e\xff")
	f.Fuzz(func(t *testing.T, text string) {
		line := printable.Line(text)
		require.Equal(t, line, printable.Line(line))
		require.NotContains(t, line, "\n")
		require.True(t, utf8.ValidString(line))
	})
}
