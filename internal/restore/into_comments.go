package restore

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/postgres"
)

// keyComment matches the comment of a constraint as pg_dump writes it. The text is
// a literal without escapes: it ends with the statement.
var keyComment = regexp.MustCompile(`^COMMENT ON CONSTRAINT "(?:[^"]|"")+" ON "(?:[^"]|"")+"\."(?:[^"]|"")+" IS ('(?:[^']|'')*');\n*$`)

// keyComments returns the texts of the comments of foreign keys as SQL, by the dump
// IDs of the keys. A text with a backslash is left out if that is an escape.
func keyComments(toc *archive.TOC) map[int]string {
	comments := map[int]string{}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if key := describedKey(toc, e); key != nil {
			text := keyComment.FindStringSubmatch(e.Defn)
			if text != nil && (toc.StandardStrings() == "on" || !strings.Contains(text[1], `\`)) {
				comments[key.DumpID] = text[1]
			}
		}
	}
	return comments
}

// describedKey returns the foreign key that a comment describes; nil for another
// entry.
func describedKey(toc *archive.TOC, e *archive.Entry) *archive.Entry {
	if e.Desc != "COMMENT" {
		return nil
	}
	for _, id := range e.Dependencies {
		if on, ok := toc.Find(id); ok && on.Desc == "FK CONSTRAINT" {
			return on
		}
	}
	return nil
}

// makes reports whether an entry of the definitions is made before the tables are
// in place. The comments of foreign keys wait for these.
func (n *intoLoading) makes(e *archive.Entry) bool {
	return n.own.has(e) && describedKey(n.redefined.toc, e) == nil
}

// describe sets the comment of a key of a restored table.
func (v *validation) describe(ctx context.Context, key rescuedKey) error {
	if key.comment == "" {
		return nil
	}
	there, err := v.session.yes(ctx, key.exists())
	if err != nil || !there {
		return err // a note says why
	}
	statement := fmt.Sprintf("COMMENT ON CONSTRAINT %s ON %s IS %s", postgres.QuoteIdent(key.Name), key.table.SQL(), key.comment)
	refused, err := v.session.attempt(ctx, "comment on a foreign key", "SET lock_timeout = '"+validateLocks+"'; "+statement)
	if err == nil && refused != nil {
		v.notes.Add(fmt.Sprintf("foreign key %s of %s lacks its comment: %s", shown(postgres.QuoteIdent(key.Name)), key.table, told(refused)))
	}
	return err
}
