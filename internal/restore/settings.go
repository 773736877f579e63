package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// applyContentSettings makes the settings of the new database that decide what
// is in it. They are in force for every session that fills the database, as for
// pg_restore --create. What the target refuses is named when all settings are
// made, before the database is published.
func (r Restorer) applyContentSettings(ctx context.Context, session *signin.Session, job Job) error {
	settings := postgres.ContentSettings(job.Facts.Settings)
	if _, err := postgres.ApplySettings(ctx, session.Conn, job.Unpublished, settings); err != nil {
		return postgres.Classify(err, session.Target)
	}
	_, err := r.withoutUnloadable(ctx, session, job, job.Unpublished)
	return err
}

// withoutUnloadable takes back settings that name libraries for each session to
// load, where the target lacks one of them: nobody could sign in. It returns a
// note on each.
func (r Restorer) withoutUnloadable(ctx context.Context, session *signin.Session, job Job, database string) ([]string, error) {
	preload := postgres.PreloadSettings(job.Facts.Settings)
	if len(preload) == 0 {
		return nil, nil
	}
	account := job.Account
	account.Database = database
	probe, err := signin.Open(ctx, r.Source, account)
	if err == nil {
		probe.Close(ctx)
		return nil, nil
	}
	if !postgres.LacksLibrary(err) {
		return nil, err
	}
	notes, err := postgres.ResetSettings(ctx, session.Conn, database, preload, err)
	if err != nil {
		return nil, postgres.Classify(err, session.Target)
	}
	return notes, nil
}
