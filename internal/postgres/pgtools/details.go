package pgtools

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/secret"
)

// maxDetails bounds the details of an error, in bytes.
const maxDetails = 32 << 10

// detailed is an error with details that its text does not tell.
type detailed struct {
	error
	details string
}

// Unwrap returns the error with the text.
func (d detailed) Unwrap() error { return d.error }

// Details returns what the server or a child said of an error and its text does
// not tell: whole messages with DETAIL, HINT and CONTEXT, and whole statements. It
// returns "" if there is nothing more. The details may quote rows and settings, so
// that they must not leave the worker. Passwords are struck out.
func Details(err error) string {
	var all []string
	collect(err, func(text string) {
		redact := newRedactor(secret.String{})
		for line := range strings.Lines(text) {
			all = append(all, redact.line(strings.TrimRight(line, "\r\n")))
		}
	})
	return printable.Cut(strings.ToValidUTF8(strings.Join(all, "\n"), "?"), maxDetails)
}

// collect calls found with the details of each error in a tree.
func collect(err error, found func(string)) {
	switch e := err.(type) { //nolint:errorlint // each error of the tree is looked at
	case nil:
		return
	case *pgconn.PgError:
		found(postgres.Whole(e))
	case *ExitError:
		found(e.Whole)
	case detailed:
		found(e.details)
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range many.Unwrap() {
			collect(one, found)
		}
		return
	}
	collect(errors.Unwrap(err), found)
}

// whole returns all that is known of failed statements.
func whole(failed []RestoreError) string {
	var b strings.Builder
	for _, e := range failed {
		b.WriteString(e.TOCEntry + "\n" + e.Message + "\n" + e.Statement + "\n")
		if b.Len() > maxDetails {
			break
		}
	}
	return b.String()
}
