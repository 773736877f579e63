package restore

import (
	"context"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
)

// JoinRoles makes the signed-in role a member of the recorded roles, as far as the
// server lets it, so that it may give objects to them. Without superuser rights, a
// role is no member of the roles that it has created. A superuser needs no membership.
// JoinRoles is for a scratch server: the memberships stay.
func (r Restorer) JoinRoles(ctx context.Context, job Job, sql []byte) error {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return err
	}
	defer session.Close(ctx)
	var superuser bool
	if err := session.Conn.QueryRow(ctx, "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user").Scan(&superuser); err != nil {
		return postgres.Classify(err, session.Target)
	}
	if superuser {
		return nil
	}
	for _, s := range pgtools.RoleStatements(sql) {
		if s.Creates == "" {
			continue
		}
		// A refusal shows when an object is given to the role.
		_, err := session.Conn.Exec(ctx, "GRANT "+postgres.QuoteIdent(s.Creates)+" TO CURRENT_USER")
		if err != nil && session.Conn.IsClosed() {
			return postgres.Classify(postgres.Ended(ctx, err), session.Target)
		}
	}
	return nil
}
