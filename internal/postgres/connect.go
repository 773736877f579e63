package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/postgres/pgcopy"
)

// ApplicationName is the name of our sessions in pg_stat_activity.
const ApplicationName = "pgvault"

// connectTimeout bounds one attempt to connect to one address.
const connectTimeout = 30 * time.Second

// maxMessage bounds a message of the server outside COPY, in bytes. It is buffered
// whole, and the longest that a query here asks for are definitions and
// comments.
const maxMessage = 64 << 20

// Connect opens a session. The session has no timeouts of its own, a search
// path of pg_catalog only, and cancels its statement on the server when ctx is
// done.
func Connect(ctx context.Context, t Target) (*pgx.Conn, error) {
	return connectWithin(ctx, t, connectTimeout)
}

// connectWithin is Connect with another limit for an attempt.
func connectWithin(ctx context.Context, t Target, limit time.Duration) (*pgx.Conn, error) {
	config, err := t.connConfig(ctx)
	if err != nil {
		return nil, err
	}
	config.ConnectTimeout = limit
	conn, err := pgx.ConnectConfig(ctx, config)
	if err == nil {
		return conn, nil
	}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("connect to %s: %w", t.Server(), context.Cause(ctx))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, closed(errNoAnswer, "server %s did not answer within %s", t.Server(), limit)
	}
	return nil, Classify(err, t)
}

// connConfig returns the configuration of a connection. pgx accepts only a
// config made by ParseConfig, which reads the environment. So each setting that
// it could find there is set here or replaced afterwards.
func (t Target) connConfig(ctx context.Context) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig("host=localhost port=5432 user=x password=x database=x sslmode=disable sslrootcert='' sslcertmode=disable " +
		"passfile='' connect_timeout=0 target_session_attrs=any min_protocol_version=3.0 max_protocol_version=3.0 channel_binding=prefer require_auth=''")
	if err != nil {
		return nil, failure.New(failure.InvalidConfiguration, "Unset PGSERVICE and the other PG* variables of the worker.", "the worker's environment has a PG* variable that stands in the way of connecting")
	}
	password, err := t.Password(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the password for %s: %w", t.Server(), err)
	}
	if config.TLSConfig, err = t.tlsConfig(); err != nil {
		return nil, err
	}
	config.Host, config.Port = t.Host, uint16(t.Port)
	config.User, config.Database, config.Password = t.User, t.Database, password.Reveal()
	config.Fallbacks, config.SSLNegotiation = nil, ""
	config.KerberosSrvName, config.KerberosSpn = "", ""
	config.RuntimeParams = map[string]string{"application_name": ApplicationName, "client_encoding": "UTF8"}
	config.DialFunc = dialer().DialContext
	config.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		if err := prepareSession(ctx, c); err != nil {
			return err
		}
		return watchClient(ctx, c)
	}
	build := config.BuildFrontend
	config.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
		frontend := build(r, w)
		frontend.SetMaxBodyLen(maxMessage)
		return frontend
	}
	pgcopy.Prepare(config)
	remember(&config.Config)
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: 5 * time.Second}
	}
	return config, nil
}

// Ended joins the context's cause and an error that occurred after the
// context's end. The server's error says only that the statement was cancelled.
func Ended(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	return fmt.Errorf("%w: %w", context.Cause(ctx), err)
}

// leaveLimit bounds the wait for a server that does not close the connection.
const leaveLimit = 5 * time.Second

// Leave ends a session and waits until the server has closed it, so that its
// slot is free for the next one: a role may have few.
func Leave(ctx context.Context, conn *pgx.Conn) {
	network, err := conn.PgConn().Hijack()
	if err != nil {
		_ = conn.Close(ctx) // it is broken or busy
		return
	}
	defer func() { _ = network.Conn.Close() }()
	_ = network.Conn.SetDeadline(time.Now().Add(leaveLimit))
	if _, err := network.Conn.Write(terminate); err == nil {
		_, _ = io.Copy(io.Discard, network.Conn)
	}
}

// terminate is the protocol's Terminate message.
var terminate = []byte{'X', 0, 0, 0, 4}
