package pgtools

import (
	"regexp"
	"strings"

	"github.com/pgvault/pgvault/internal/postgres"
)

// quotesValue matches messages that end with a value: `invalid input syntax for
// type integer: "x"`. A name stands within a message or is no text in quotes
// behind a colon.
var quotesValue = regexp.MustCompile(`(?m): ["'].*$|^value "`)

// told returns what may be told of the message: its first line. The message of
// an error that code of the database has raised, or that quotes a value, is left
// out.
func (e RestoreError) told() string {
	if e.Told != "" {
		return e.Told
	}
	first, rest, _ := strings.Cut(e.Message, "\n")
	_, context, _ := strings.Cut("\n"+rest, "\nCONTEXT:  ")
	if postgres.OfFunction(context) || quotesValue.MatchString(first) {
		first = postgres.LeftOut
	}
	if place := postgres.Place(context); place != "" {
		first += " [" + place + "]"
	}
	return first
}

// beginsValue matches up to a string or a number. A name in quotes may contain
// either.
var beginsValue = regexp.MustCompile(`"(?:[^"]|"")*"|['$]|[\s(=<>,+*/-]\d`)

// WithoutTexts returns a statement up to its first string or number, which may be
// a default, a comment, a setting, part of a condition or a function's body.
func WithoutTexts(statement string) string {
	for _, at := range beginsValue.FindAllStringIndex(statement, -1) {
		if statement[at[0]] != '"' {
			return strings.TrimSpace(strings.TrimRight(statement[:at[0]+1], "'$")) + " …"
		}
	}
	return statement
}
