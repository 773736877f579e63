package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// rawByte is the first of the 256 characters that represent bytes that are not
// UTF-8, so that JSON can hold them: U+10FE00 plus the byte, in a private use
// area. A character of that range in the input is represented by its own bytes.
const rawByte = 0x10FE00

// keepBytes returns text with the bytes that are not UTF-8 replaced by
// characters.
func keepBytes(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 || isRaw(r) {
			for _, c := range []byte(text[i : i+size]) {
				b.WriteRune(rawByte + rune(c))
			}
		} else {
			b.WriteString(text[i : i+size])
		}
		i += size
	}
	return b.String()
}

// bytesOf reverses keepBytes.
func bytesOf(text string) string {
	var b strings.Builder
	for _, r := range text {
		if isRaw(r) {
			b.WriteByte(byte(r - rawByte))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isRaw(r rune) bool { return r >= rawByte && r <= rawByte+0xFF }

func hasRaw(text string) bool { return strings.ContainsFunc(text, isRaw) }

// inside opens a session in the database itself if there are raw bytes to
// restore. Only there do they mean what they did in the source.
func (a *applier) inside(ctx context.Context) error {
	if !slices.ContainsFunc(a.facts.texts(), func(text *string) bool { return hasRaw(*text) }) {
		return nil
	}
	config := a.conn.Config()
	config.Database = a.name
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return fmt.Errorf("connect to database %q: %w", a.name, err)
	}
	a.raw = conn
	return setEncoding(ctx, conn, "SQL_ASCII")
}

// leave closes the session inside.
func (a *applier) leave(ctx context.Context) {
	if a.raw != nil {
		Leave(ctx, a.raw)
	}
}

// session returns the session for a statement, and the statement in the
// encoding of that session.
func (a *applier) session(text string) (*pgx.Conn, string) {
	if a.raw == nil || !hasRaw(text) {
		return a.conn, text
	}
	return a.raw, bytesOf(text)
}
