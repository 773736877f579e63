package postgres

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// sharedNames reads facts with the names of roles, databases and the like, which
// all databases of a server share. The server keeps them as the bytes that some
// database once had for them and takes them for text of the database that one
// looks from: a name that was given in UTF-8 is another one in a LATIN1
// database. So they are read as bytes. Those that are UTF-8 are text, since text
// of another encoding hardly ever is; any other is text of the database. What is
// no text there either, as in a SQL_ASCII database, is kept byte by byte.
func sharedNames(ctx context.Context, conn *pgx.Conn, read func() (DatabaseFacts, error)) (DatabaseFacts, error) {
	usual := conn.PgConn().ParameterStatus("client_encoding")
	if err := setEncoding(ctx, conn, "SQL_ASCII"); err != nil {
		return DatabaseFacts{}, err
	}
	facts, err := read()
	if err != nil {
		return facts, err
	}
	if err := setEncoding(ctx, conn, usual); err != nil {
		return DatabaseFacts{}, err
	}
	names := facts.texts()
	if !slices.ContainsFunc(names, func(name *string) bool { return !utf8.ValidString(*name) }) {
		replaceInvalid(names, nil)
		return facts, nil
	}
	converted, err := read()
	// The SQLSTATEs of bytes that are no text of the database either.
	if state := sqlState(err); state != "" && state != "22021" && state != "22P05" {
		return facts, err
	}
	replaceInvalid(names, converted.texts())
	return facts, nil
}

// replaceInvalid replaces what is no UTF-8 by its counterpart, and keeps the
// bytes of what is none there either.
func replaceInvalid(names, converted []*string) {
	for i, name := range names {
		if !utf8.ValidString(*name) && len(converted) == len(names) {
			*name = *converted[i]
		}
		*name = keepBytes(*name)
	}
}

func setEncoding(ctx context.Context, conn *pgx.Conn, encoding string) error {
	if _, err := conn.Exec(ctx, "SET client_encoding = "+QuoteLiteral(encoding)); err != nil {
		return fmt.Errorf("set the session's encoding: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	return nil
}

// texts are the names and texts that the whole server shares.
func (f *DatabaseFacts) texts() []*string {
	all := []*string{&f.Name, &f.Owner, &f.Comment, &f.Tablespace}
	for i := range f.ACL {
		all = append(all, &f.ACL[i])
	}
	for i := range f.Settings {
		s := &f.Settings[i]
		all = append(all, &s.Role, &s.Name, &s.Value)
	}
	return all
}
