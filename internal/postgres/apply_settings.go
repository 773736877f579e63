package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// sessionSettings are the settings that affect no content but may stop a
// session that loads a database, such as its role, its search path and its
// timeouts.
var sessionSettings = []string{
	"client_encoding", "client_min_messages", "default_transaction_deferrable", "default_transaction_isolation", "default_transaction_read_only",
	"exit_on_error", "idle_in_transaction_session_timeout", "idle_session_timeout", "lc_messages", "lock_timeout", "role", "row_security",
	"search_path", "session_replication_role", "statement_timeout", "transaction_timeout",
}

// ContentSettings returns the settings that must be in force before a database
// is loaded, since checks, indexes, generated columns and materialized views
// may depend on them.
func ContentSettings(all []Setting) []Setting {
	return slices.DeleteFunc(slices.Clone(all), func(s Setting) bool { return slices.Contains(sessionSettings, strings.ToLower(s.Name)) })
}

// PreloadSettings returns the settings that preload libraries in each session.
func PreloadSettings(all []Setting) []Setting {
	return slices.DeleteFunc(slices.Clone(all), func(s Setting) bool { return !strings.HasSuffix(strings.ToLower(s.Name), "_preload_libraries") })
}

// ApplySettings applies settings to a database. It skips those that the target
// refuses and returns a note on each.
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

// LacksLibrary reports whether a sign-in failed because a preloaded library is
// missing.
func LacksLibrary(err error) bool { return sqlState(err) == "58P01" }

// ResetSettings resets settings of a database for the given reason and returns
// a note on each.
func ResetSettings(ctx context.Context, conn *pgx.Conn, name string, settings []Setting, why error) (notes []string, err error) {
	for _, s := range settings {
		if _, err := conn.Exec(ctx, s.resetSQL(name)); err != nil && sqlState(err) != "42704" { // the setting's role does not exist here
			return nil, fmt.Errorf("take back setting %s of database %q: %w", s.Name, name, Ended(ctx, Classify(err, connTarget(conn))))
		}
		notes = append(notes, fmt.Sprintf("setting %s%s: %s", s.Name, forRole(s.Role), answerText(why)))
	}
	return notes, nil
}

// settings applies the settings one by one.
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
