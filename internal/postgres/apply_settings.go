package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// sessionSettings are those of which no content depends, but whether a session
// that fills a database is let do it: as the role that signed in, with its own
// names, and to the end.
var sessionSettings = []string{
	"client_encoding", "client_min_messages", "default_transaction_deferrable", "default_transaction_isolation", "default_transaction_read_only",
	"exit_on_error", "idle_in_transaction_session_timeout", "idle_session_timeout", "lc_messages", "lock_timeout", "role", "row_security",
	"search_path", "session_replication_role", "statement_timeout", "transaction_timeout",
}

// ContentSettings returns the settings that have to be in force before a
// database is filled, since checks, indexes, generated columns and materialized
// views may depend on them.
func ContentSettings(all []Setting) []Setting {
	return slices.DeleteFunc(slices.Clone(all), func(s Setting) bool { return slices.Contains(sessionSettings, strings.ToLower(s.Name)) })
}

// PreloadSettings returns the settings that name libraries which each session loads.
func PreloadSettings(all []Setting) []Setting {
	return slices.DeleteFunc(slices.Clone(all), func(s Setting) bool { return !strings.HasSuffix(strings.ToLower(s.Name), "_preload_libraries") })
}

// ApplySettings makes settings of a database. What the target does not take is
// left out and named in the result.
func ApplySettings(ctx context.Context, conn *pgx.Conn, name string, settings []Setting) (skipped []string, err error) {
	a := applier{conn: conn, name: name, facts: DatabaseFacts{Settings: settings}}
	defer func() { a.leave(ctx) }()
	if err = a.inside(ctx); err == nil {
		err = a.settings(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("make the settings of database %q: %w", name, Ended(ctx, Classify(err, connTarget(conn))))
	}
	return a.skipped, nil
}

// LacksLibrary reports whether a sign-in failed for a library that each session
// is to load.
func LacksLibrary(err error) bool { return sqlState(err) == "58P01" }

// ResetSettings takes back settings of a database for the given reason, and
// returns a note on each.
func ResetSettings(ctx context.Context, conn *pgx.Conn, name string, settings []Setting, why error) (notes []string, err error) {
	for _, s := range settings {
		if _, err := conn.Exec(ctx, s.resetSQL(name)); err != nil && sqlState(err) != "42704" { // whose role does not exist here
			return nil, fmt.Errorf("take back setting %s of database %q: %w", s.Name, name, Ended(ctx, Classify(err, connTarget(conn))))
		}
		notes = append(notes, fmt.Sprintf("setting %s%s: %s", s.Name, forRole(s.Role), answerText(why)))
	}
	return notes, nil
}

// settings makes the settings one by one.
func (a *applier) settings(ctx context.Context) error {
	for _, s := range a.facts.Settings {
		err := a.exec(ctx, s.sql(a.name))
		if why, refused := Refusal(err); refused {
			a.skip("setting %s%s: %s", s.Name, forRole(s.Role), why)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func forRole(role string) string {
	if role == "" {
		return ""
	}
	return fmt.Sprintf(" of role %q", role)
}
