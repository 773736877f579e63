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

// A network that fails silently closes no connection. Without these settings
// either end would wait for hours, and the server would keep the session's
// snapshot and locks.
const (
	keepaliveIdle     = 30 * time.Second
	keepaliveInterval = 10 * time.Second
	keepaliveCount    = 3
	// checkInterval is how often the server checks whether the client of a
	// running statement is still connected, from version 14 on.
	checkInterval = 10 * time.Second
	// QuickTimeout is how long the server waits for a client to acknowledge
	// data. It is for sessions that send no more than the client reads at once.
	QuickTimeout = time.Minute
)

// StreamTimeout returns the timeout of a session that streams rows, which wait
// during an outage of the storage for up to patience.
func StreamTimeout(patience time.Duration) time.Duration { return patience + 5*time.Minute }

// aliveSettings returns the names and values of the settings by which a server
// notices that its client is gone. The values have no unit: some settings are
// in seconds, others in milliseconds.
func aliveSettings(timeout time.Duration) [][2]string {
	return [][2]string{
		{"tcp_keepalives_idle", fmt.Sprint(int(keepaliveIdle.Seconds()))},
		{"tcp_keepalives_interval", fmt.Sprint(int(keepaliveInterval.Seconds()))},
		{"tcp_keepalives_count", fmt.Sprint(keepaliveCount)},
		{"tcp_user_timeout", fmt.Sprint(timeout.Milliseconds())},
		{"client_connection_check_interval", fmt.Sprint(checkInterval.Milliseconds())},
	}
}

// AliveOptions returns the settings as PGOPTIONS of a child, for a server of
// the given major version. A server rejects a connection with an unknown
// setting.
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

// AliveStatement returns the SQL that applies the settings in a session,
// skipping those that the server does not know. Its rows can be ignored.
func AliveStatement(timeout time.Duration) string {
	var values []string
	for _, setting := range aliveSettings(timeout) {
		values = append(values, "("+QuoteLiteral(setting[0])+", "+QuoteLiteral(setting[1])+")")
	}
	return `SELECT pg_catalog.set_config(s.name, v.value, false) FROM pg_catalog.pg_settings s
		JOIN (VALUES ` + strings.Join(values, ", ") + `) v (name, value) ON s.name OPERATOR(pg_catalog.=) v.name`
}

// ClientKeepalives returns libpq's parameters for the same at the client, one
// on each line.
func ClientKeepalives() string {
	return fmt.Sprintf("keepalives=1\nkeepalives_idle=%d\nkeepalives_interval=%d\nkeepalives_count=%d\n",
		int(keepaliveIdle.Seconds()), int(keepaliveInterval.Seconds()), keepaliveCount)
}

// dialer returns a dialer whose connections notice that the server is gone.
func dialer() *net.Dialer {
	return &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepaliveIdle, Interval: keepaliveInterval, Count: keepaliveCount}}
}

// watchClient makes the server check whether the client is connected. It
// ignores the refusal of a server whose operating system does not support this.
func watchClient(ctx context.Context, c *pgconn.PgConn) error {
	_, err := c.Exec(ctx, AliveStatement(QuickTimeout)).ReadAll()
	var refused *pgconn.PgError
	if err == nil || errors.As(err, &refused) && !strings.HasPrefix(refused.Code, "57P") {
		return nil
	}
	return fmt.Errorf("prepare the session: %w", err)
}
