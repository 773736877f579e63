package postgres

import (
	"errors"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// LeftOut is told in place of a message.
const LeftOut = "the message is left out, since it may quote values"

// Told returns what may be told of a server's error outside the worker: its
// message, and its place in a COPY or a function. Rows, defaults and settings
// stay out of Temporal and the vault. So DETAIL, HINT and CONTEXT are left out,
// and the message of an error that quotes values or that code of the database
// has raised.
func Told(e *pgconn.PgError) string {
	text, _, _ := strings.Cut(e.Message, "\n")
	if quotesValues(e) {
		text = LeftOut + " (SQLSTATE " + e.Code + ")"
	}
	if place := Place(e.Where); place != "" {
		text += " [" + place + "]"
	}
	return strings.ToValidUTF8(text, "?")
}

var (
	// COPY orders, line 3, column price: "12,50"
	copyPlace = regexp.MustCompile(`^COPY [^:\n]*`)
	// PL/pgSQL function shop.check_price(integer) line 3 at RAISE
	functionPlace = regexp.MustCompile(`(?m)^PL/\w+ function .* at [A-Za-z ]+$`)
)

// Place returns the part of an error's context that says where the error is and
// quotes nothing: the line and column of a COPY, or the function.
func Place(context string) string {
	if place := copyPlace.FindString(context); place != "" {
		return place
	}
	return functionPlace.FindString(context)
}

// quotesValues reports whether the message of an error may hold rows or texts of
// the database's own code. Class 22 quotes the value that is wrong.
func quotesValues(e *pgconn.PgError) bool {
	return strings.HasPrefix(e.Code, "22") || strings.HasPrefix(e.Code, "P0") || OfFunction(e.Where)
}

// OfFunction reports whether an error with a context comes out of a function: the
// context is another than that of COPY.
func OfFunction(context string) bool { return context != "" && !strings.HasPrefix(context, "COPY ") }

// answer is a server's error whose text is what may be told of it.
type answer struct{ *pgconn.PgError }

func (a answer) Error() string {
	return a.Severity + ": " + Told(a.PgError) + " (SQLSTATE " + a.Code + ")"
}

// Unwrap returns the server's error, for those who judge it by its state.
func (a answer) Unwrap() error { return a.PgError }

// told is an error around a server's error.
type told struct {
	error
	text string
}

// Tell returns an error with the same causes whose text has of a server's error
// only what may be told.
func Tell(err error) error {
	var from *pgconn.PgError
	if !errors.As(err, &from) {
		return err
	}
	return tell(err, from)
}

// tell returns an error with the same causes whose text has no values.
func tell(err error, e *pgconn.PgError) error {
	text := strings.ReplaceAll(err.Error(), e.Error(), answer{e}.Error())
	if text == err.Error() {
		return err
	}
	return told{err, text}
}

func (t told) Error() string { return t.text }

// Whole returns all that a server's error says to its user. It may quote rows and
// settings, so that it must not leave the worker.
func Whole(e *pgconn.PgError) string {
	text := e.Severity + ":  " + e.Message + " (SQLSTATE " + e.Code + ")"
	for _, field := range [][2]string{{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"CONTEXT", e.Where}, {"QUERY", e.InternalQuery}} {
		if field[1] != "" {
			text += "\n" + field[0] + ":  " + field[1]
		}
	}
	return text
}

// Unwrap returns the error around the server's.
func (t told) Unwrap() error { return t.error }
