package dump

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// textFacts are what decides about the text of rows besides the archive.
type textFacts struct {
	// settings are those of a session of this user in this database, which pg_dump's
	// session has too.
	settings []fingerprint.Setting
	// filtered are the tables of extensions that restrict their dump.
	filtered map[uint32]bool
}

const (
	// longestSetting bounds the value of a setting, in characters.
	longestSetting = 1000
	// mostFiltered bounds the tables whose dump extensions restrict.
	mostFiltered = 100_000

	settingsQuery = `SELECT name, left(setting, $2) FROM pg_settings WHERE name = ANY ($1) ORDER BY name`
	filteredQuery = `SELECT t.oid FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS t (oid, condition) WHERE t.condition <> '' LIMIT $1`
)

// readTextFacts reads the facts in a session that has not changed its settings.
func readTextFacts(ctx context.Context, conn *pgx.Conn) (textFacts, error) {
	f := textFacts{filtered: map[uint32]bool{}}
	rows, err := conn.Query(ctx, settingsQuery, fingerprint.SessionSettings, longestSetting)
	if err == nil {
		f.settings, err = pgx.CollectRows(rows, pgx.RowToStructByPos[fingerprint.Setting])
	}
	if err != nil {
		return f, fmt.Errorf("read the settings of the session: %w", err)
	}
	if rows, err = conn.Query(ctx, filteredQuery, mostFiltered); err == nil {
		var oid uint32
		_, err = pgx.ForEachRow(rows, []any{&oid}, func() error {
			f.filtered[oid] = true
			return nil
		})
	}
	if err != nil {
		return f, fmt.Errorf("read the conditions of extensions: %w", err)
	}
	return f, nil
}

// in returns all settings that shape the text of rows in an archive.
func (f textFacts) in(toc *archive.TOC) []fingerprint.Setting {
	return fingerprint.SettingsOf(f.settings, toc.Encoding(), toc.StandardStrings())
}
