package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// applyContentSettings applies the settings of the new database that affect its
// content. They are in force for all sessions that load the database, as under
// pg_restore --create. Settings that the target refuses are reported when the
// others are applied, before the database is published.
func (r Restorer) applyContentSettings(ctx context.Context, session *signin.Session, job Job) error {
	settings := postgres.ContentSettings(job.Facts.Settings)
	if _, err := postgres.ApplySettings(ctx, session.Conn, job.Unpublished, settings); err != nil {
		return postgres.Classify(err, session.Target)
	}
	_, err := r.withoutUnloadable(ctx, session, job, job.Unpublished)
	return err
}

// withoutUnloadable removes settings that preload libraries which the target
// lacks: no session could start. It returns a note on each.
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
