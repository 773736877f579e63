package restore

import (
	"context"
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/pgtools"
	"github.com/pgvault/pgvault/internal/postgres"
)

// Roles runs the recorded roles file. Roles that exist are left as they are
// made, and take on the recorded attributes and memberships where the signed-in
// role may set them; what it may not is listed.
func (r Restorer) Roles(ctx context.Context, job Job, sql []byte) (statements int, ignored []string, err error) {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return 0, nil, err
	}
	defer session.Close(ctx)
	for _, statement := range pgtools.SplitRoles(sql) {
		_, err := session.Conn.Exec(ctx, statement)
		if err == nil {
			statements++
			continue
		}
		why, harmless := postgres.HarmlessRoleError(err)
		if !harmless {
			return statements, nil, failure.Wrap(postgres.Classify(err, session.Target), failure.RestoreStatement,
				"mend the cause on the target server, then: pgvault rerun the job", "a statement of the roles failed: %s", statement)
		}
		ignored = append(ignored, fmt.Sprintf("%s: %s", why, statement))
	}
	return statements, ignored, nil
}
