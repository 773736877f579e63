package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A network that goes dark closes no connection: without these, either end
// would wait for the other for hours, and the server's end would keep its
// snapshot and its locks.
const (
	keepaliveIdle     = 30 * time.Second
	keepaliveInterval = 10 * time.Second
	keepaliveCount    = 3
	// checkInterval is how often the server looks whether the client of a running
	// statement is there, from version 14 on.
	checkInterval = 10 * time.Second
	// QuickTimeout is how long the server waits for a client to acknowledge what
	// it was sent, where that is never more than the client takes at once.
	QuickTimeout = time.Minute
)

// StreamTimeout returns the same limit for a session that streams rows. Those
// wait while the storage is away, which may be for as long as patience.
func StreamTimeout(patience time.Duration) time.Duration { return patience + 5*time.Minute }

// aliveSettings returns names and values of the settings by which a server
// notices that its client is gone. Values have no unit: some settings are in
// seconds, others in milliseconds.
func aliveSettings(timeout time.Duration) [][2]string {
	return [][2]string{
		{"tcp_keepalives_idle", fmt.Sprint(int(keepaliveIdle.Seconds()))},
		{"tcp_keepalives_interval", fmt.Sprint(int(keepaliveInterval.Seconds()))},
		{"tcp_keepalives_count", fmt.Sprint(keepaliveCount)},
		{"tcp_user_timeout", fmt.Sprint(timeout.Milliseconds())},
		{"client_connection_check_interval", fmt.Sprint(checkInterval.Milliseconds())},
	}
}

// AliveOptions returns the settings as a child's PGOPTIONS, for a server of a
// major version. A server refuses a connection with a setting that it does not
// know.
func AliveOptions(serverMajor int, timeout time.Duration) string {
	since := map[string]int{"tcp_user_timeout": 12, "client_connection_check_interval": 14}
	var options []string
	for _, setting := range aliveSettings(timeout) {
		if serverMajor >= since[setting[0]] {
			options = append(options, "-c "+setting[0]+"="+setting[1])
		}
	}
	return strings.Join(options, " ")
}

// AliveStatement returns the SQL that makes the settings in a session, each only
// where the server knows it. Its rows are of no interest.
func AliveStatement(timeout time.Duration) string {
	var values []string
	for _, setting := range aliveSettings(timeout) {
		values = append(values, "("+QuoteLiteral(setting[0])+", "+QuoteLiteral(setting[1])+")")
	}
	return `SELECT pg_catalog.set_config(s.name, v.value, false) FROM pg_catalog.pg_settings s
		JOIN (VALUES ` + strings.Join(values, ", ") + `) v (name, value) ON s.name OPERATOR(pg_catalog.=) v.name`
}

// ClientKeepalives are libpq's names and values of the same for the client's
// end, one a line.
func ClientKeepalives() string {
	return fmt.Sprintf("keepalives=1\nkeepalives_idle=%d\nkeepalives_interval=%d\nkeepalives_count=%d\n",
		int(keepaliveIdle.Seconds()), int(keepaliveInterval.Seconds()), keepaliveCount)
}

// dialer opens connections whose end here notices that the other one is gone.
func dialer() *net.Dialer {
	return &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount}}
}

// watchClient has the server look whether the client is there. A server on a
// system that has none of this refuses it, and the session is good without.
func watchClient(ctx context.Context, c *pgconn.PgConn) error {
	_, err := c.Exec(ctx, AliveStatement(QuickTimeout)).ReadAll()
	var refused *pgconn.PgError
	if err == nil || errors.As(err, &refused) && !strings.HasPrefix(refused.Code, "57P") {
		return nil
	}
	return fmt.Errorf("prepare the session: %w", err)
}
