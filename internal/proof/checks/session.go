package checks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/signin"
)

const (
	// grace is the time that the server has to end a statement by itself.
	grace = 10 * time.Second
	// endLimit bounds the wait for the end of a session that was told to end.
	endLimit = 10 * time.Second
	// maxAnswer bounds a message of the server, in bytes. An answer is a boolean or a
	// number, and an error's text is not kept.
	maxAnswer = 1 << 20
	// attempts is how often a statement is tried whose session is lost. A statement
	// that itself ends its session would be tried without end.
	attempts = 3
)

// broken is why a statement gave no answer. It is a result, not an error: code of the
// database decides about it.
type broken struct {
	// state is the SQLSTATE of the server's error.
	state string
	// reason is in our words.
	reason string
}

func (b *broken) Error() string { return "the statement gave no answer: " + b.reason + b.state }

// errLost means that the session ended while a statement ran.
var errLost = errors.New("the session is lost")

// session is a session for statements that call a stranger's code. It opens a
// connection when it needs one.
type session struct {
	Runner
	account signin.Account
	open    *signin.Session
	backend backend
}

// backend identifies a server process.
type backend struct {
	pid   int32
	start time.Time
}

// run calls work in a read-only transaction, which it then rolls back, and bounds it.
// work may be called several times. The error is a *[broken] if the statement failed.
func (s *session) run(ctx context.Context, limit time.Duration, work func(context.Context, *pgx.Conn) error) error {
	for range attempts {
		err := s.once(ctx, limit, work)
		if !errors.Is(err, errLost) {
			return err
		}
	}
	return &broken{reason: fmt.Sprintf("its session ended before its answer, in each of %d attempts", attempts)}
}

func (s *session) once(ctx context.Context, limit time.Duration, work func(context.Context, *pgx.Conn) error) error {
	if err := s.begin(ctx, limit); err != nil {
		s.close(ctx)
		return err
	}
	limited, cancel := context.WithTimeout(ctx, limit+grace)
	defer cancel()
	err := work(limited, s.open.Conn)
	if err == nil {
		_, err = s.open.Conn.Exec(limited, "ROLLBACK")
	}
	if err == nil {
		return nil
	}
	late := limited.Err() != nil
	s.close(ctx)
	if ctx.Err() != nil {
		return postgres.Ended(ctx, err)
	}
	if late {
		return s.end(ctx, limit)
	}
	return judge(err)
}

// begin opens the session if there is none, and the transaction.
func (s *session) begin(ctx context.Context, limit time.Duration) error {
	if s.open == nil {
		opened, err := signin.Open(ctx, s.Source, s.account)
		if err != nil {
			return err
		}
		opened.Conn.PgConn().Frontend().SetMaxBodyLen(maxAnswer)
		s.open = opened
	}
	conn := s.open.Conn
	_, err := conn.PgConn().Exec(ctx, fmt.Sprintf("BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY; SET LOCAL statement_timeout = %d", limit.Milliseconds())).ReadAll()
	if err == nil {
		err = conn.QueryRow(ctx, "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()").Scan(&s.backend.pid, &s.backend.start)
	}
	if err != nil {
		return fmt.Errorf("begin a transaction for a check: %w", postgres.Ended(ctx, postgres.Classify(err, s.open.Target)))
	}
	return nil
}

// close ends the session.
func (s *session) close(ctx context.Context) {
	if s.open != nil {
		s.open.Close(context.WithoutCancel(ctx))
		s.open = nil
	}
}

// judge returns what the error of a statement means.
func judge(err error) error {
	var (
		result *broken
		long   *pgproto3.ExceededMaxBodyLenErr
	)
	switch {
	case errors.As(err, &result):
		return err
	case errors.As(err, &long):
		return &broken{reason: fmt.Sprintf("the server's answer has more than %d bytes", maxAnswer)}
	}
	if refusal, refused := postgres.StatementRefusal(err); refused {
		return &broken{state: sqlState(refusal.Code)}
	}
	return errLost
}

var stateForm = regexp.MustCompile(`^[0-9A-Z]{5}$`)

// sqlState returns a SQLSTATE as a server of PostgreSQL has it.
func sqlState(code string) string {
	if !stateForm.MatchString(code) {
		return "XX000" // internal_error
	}
	return code
}

// end ends the server process of a statement that is running after its limit, and
// returns the result. A function that catches its cancellation does not catch this.
func (s *session) end(ctx context.Context, limit time.Duration) error {
	opened, err := signin.Open(ctx, s.Source, s.account)
	if err != nil {
		return err
	}
	defer opened.Close(context.WithoutCancel(ctx))
	ended, err := s.backend.end(ctx, opened.Conn)
	if err != nil {
		return fmt.Errorf("end the session of a check: %w", postgres.Ended(ctx, postgres.Classify(err, opened.Target)))
	}
	reason := fmt.Sprintf("it ran for longer than %s and ignored that the server cancelled it", limit)
	if !ended {
		reason += "; its session does not end"
	}
	return &broken{reason: reason}
}

// end terminates the process, again until it is gone, and reports whether it has in time.
func (b backend) end(ctx context.Context, conn *pgx.Conn) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, endLimit)
	defer cancel()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		var found int
		err := conn.QueryRow(ctx, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2", b.pid, b.start).Scan(&found)
		if err != nil || found == 0 {
			return err == nil, err
		}
		select {
		case <-ctx.Done():
			return false, nil
		case <-ticker.C:
		}
	}
}
