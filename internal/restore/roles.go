package restore

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/pgtools"
	"github.com/pgvault/pgvault/internal/signin"
)

// Roles runs the recorded roles file. Existing roles are kept and get the
// recorded attributes and memberships that the signed-in role may set. Roles
// returns the number of statements run and the errors it ignored.
func (r Restorer) Roles(ctx context.Context, job Job, sql []byte) (statements int, ignored []string, err error) {
	session, err := r.maintenance(ctx, job)
	if err != nil {
		return 0, nil, err
	}
	defer session.Close(ctx)
	for _, statement := range pgtools.SplitRoles(sql) {
		note, err := runRole(ctx, session, statement)
		if err != nil {
			return statements, nil, err
		}
		if note != "" {
			ignored = append(ignored, note)
			continue
		}
		statements++
	}
	return statements, ignored, nil
}

// runRole runs one statement and returns a note on the parts that were skipped.
// If one attribute is refused, the others are set without it.
func runRole(ctx context.Context, session *signin.Session, statement string) (note string, err error) {
	_, err = session.Conn.Exec(ctx, statement)
	if err == nil {
		return "", nil
	}
	if adapted, lost, changed := pgtools.WithoutSuperuserAttributes(statement); changed {
		if _, again := session.Conn.Exec(ctx, adapted); again == nil {
			if len(lost) == 0 {
				return "", nil
			}
			return fmt.Sprintf("left out, since only a superuser may give it: %s: %s", strings.Join(lost, ", "), statement), nil
		}
	}
	if why, refused := postgres.Refusal(err); refused {
		return fmt.Sprintf("%s: %s", why, statement), nil
	}
	err = postgres.Classify(postgres.Ended(ctx, err), session.Target)
	if ctx.Err() != nil || failure.CodeOf(err) == failure.ServerConnectionClosed {
		return "", err // not an error of the statement
	}
	return "", failure.Wrap(err, failure.RestoreStatement,
		"mend the cause on the target server, then: pgvault rerun the job", "a statement of the roles failed: %s", statement)
}
