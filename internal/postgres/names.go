package postgres

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// sharedNames reads facts with names that all databases of a server share, such
// as those of roles and databases. The server stores them as bytes in the
// encoding of the database where they were created, and takes them for text of
// the database where they are read: a UTF-8 name looks different from a LATIN1
// database. So sharedNames reads bytes. Bytes that are UTF-8 are text, since
// text of another encoding rarely is. Other bytes are text of the current
// database. If they are not valid there either, as in a SQL_ASCII database,
// they are kept byte by byte.
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
	// SQLSTATEs of bytes that are not text of the database.
	if state := sqlState(err); state != "" && state != "22021" && state != "22P05" {
		return facts, err
	}
	replaceInvalid(names, converted.texts())
	return facts, nil
}

// replaceInvalid replaces names that are not UTF-8 by their converted form, and
// keeps the bytes of those that could not be converted.
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

// texts returns the names and texts shared by the whole server.
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
