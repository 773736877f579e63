package restore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

// places counts the connections that the target server accepts, which may be
// fewer than requested because of the role's CONNECTION LIMIT. It is safe for
// concurrent use.
type places struct {
	had     atomic.Int64
	crowded atomic.Bool
}

// errNoPlace is returned if the server accepts no further connection and other
// connections do the work.
var errNoPlace = errors.New("the server has no other connection")

// join opens a connection that loads data.
func (l *loading) join(ctx context.Context) (*loader, error) {
	var joined *loader
	full := false
	err := postgres.AwaitPlace(ctx, func() (err error) {
		joined, err = l.connect(ctx, l.job.inside(), settings)
		if full = postgres.IsTooMany(err) && l.places.had.Load() > 0; full {
			return nil
		}
		return err
	})
	switch {
	case full:
		l.places.crowded.Store(true)
		return nil, errNoPlace
	case err == nil:
		l.places.had.Add(1)
	}
	return joined, err
}

// ready waits until the server accepts a connection of pg_restore, and checks
// that it reaches the database of this attempt.
func (l *loading) ready(ctx context.Context) error {
	return postgres.AwaitPlace(ctx, func() error {
		session, err := signin.Open(ctx, l.Source, l.job.inside())
		if err != nil {
			return err
		}
		defer session.Close(ctx)
		return l.sameDatabase(ctx, session)
	})
}

// sameDatabase returns an error if the session is in another attempt's database of the
// same name. That attempt ended the sessions of this one, but not those opened
// afterwards.
func (l *loading) sameDatabase(ctx context.Context, session *signin.Session) error {
	if l.job.rowsOnly() {
		return nil
	}
	oid, _, err := postgres.DatabaseOID(ctx, session.Conn, l.job.Unpublished)
	if err != nil {
		return postgres.Classify(err, session.Target)
	}
	if oid != l.server.oid {
		return failure.New(failure.ServerConnectionClosed, "", "another attempt of the restore has made database %q again", l.job.Unpublished)
	}
	return nil
}

// atMost returns how many of the requested connections the server accepts.
func (p *places) atMost(asked int) int {
	if !p.crowded.Load() {
		return asked
	}
	return min(asked, int(p.had.Load()))
}

// notes returns a note if the connections were fewer than requested.
func (p *places) notes(asked int) []string {
	if p.atMost(asked) == asked {
		return nil
	}
	return []string{fmt.Sprintf("the target had %d free connections for the restore, of the %d that were asked for: look at the CONNECTION LIMIT of the user and at max_connections", p.had.Load(), asked)}
}
