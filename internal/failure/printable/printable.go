package printable

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line returns text that is safe within a line: line breaks and tabs are escaped
// too.
func Line(text string) string {
	return escape(text, func(r rune) bool { return !safe(r) })
}

// Lines returns text that is safe to print. It keeps line breaks and tabs.
func Lines(text string) string {
	return escape(text, func(r rune) bool { return !safe(r) && r != '\n' && r != '\t' })
}

// safe reports whether a character neither controls a terminal nor is invisible.
// Spaces other than U+0020 are visible as gaps; they are not escaped.
func safe(r rune) bool { return unicode.IsPrint(r) || unicode.Is(unicode.Zs, r) }

func escape(text string, must func(rune) bool) string {
	if strings.IndexFunc(text, must) < 0 && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == utf8.RuneError, must(r) && r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		case must(r):
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// markdown has the characters that Markdown or HTML give a meaning within a
// line.
var markdown = strings.NewReplacer(`\`, `\\`, "`", "\\`", "|", `\|`, "*", `\*`, "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;")

// Markdown returns text that Markdown renders as itself within a line, also in
// a cell of a table.
func Markdown(text string) string { return markdown.Replace(Line(text)) }

// Writer returns a writer that escapes what [Lines] escapes. A write may end
// within a character. The rest of the last one is never written.
func Writer(to io.Writer) io.Writer { return &writer{to: to} }

type writer struct {
	to io.Writer
	// rest is the beginning of a character.
	rest []byte
}

func (w *writer) Write(p []byte) (int, error) {
	text := slices.Concat(w.rest, p)
	end := len(text)
	for end > 0 && len(text)-end < utf8.UTFMax-1 && !utf8.RuneStart(text[end-1]) {
		end--
	}
	if end > 0 && !utf8.FullRune(text[end-1:]) {
		end--
	} else {
		end = len(text)
	}
	w.rest = slices.Clone(text[end:])
	if _, err := io.WriteString(w.to, Lines(string(text[:end]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Cut returns a text of at most limit bytes, or its beginning with an ellipsis. It
// splits no character.
func Cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	return strings.ToValidUTF8(text[:limit], "") + "…"
}
