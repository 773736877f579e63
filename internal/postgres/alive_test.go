package postgres_test

import (
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// The test reads the options of a session's sockets.
func TestBothEndsNoticeADarkNetwork(t *testing.T) {
	t.Parallel()
	conn := connect(t, target(t, localenvtest.Postgres(t), "postgres"))
	settings := map[string]string{}
	for _, name := range []string{"tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout", "client_connection_check_interval"} {
		var value string
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&value))
		settings[name] = value
	}
	require.Equal(t, map[string]string{
		"tcp_keepalives_idle": "30", "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3",
		"tcp_user_timeout": "60000", "client_connection_check_interval": "10s",
	}, settings)
	port := conn.PgConn().Conn().LocalAddr().(*net.TCPAddr).Port
	require.Eventually(t, func() bool { return len(localenvtest.Keepalives(t, port)) == 2 }, time.Minute, 20*time.Millisecond)
	for _, next := range localenvtest.Keepalives(t, port) {
		require.LessOrEqual(t, next, 30*time.Second)
	}
}

func TestASessionThatStreamsWaitsOutAnOutage(t *testing.T) {
	t.Parallel()
	conn := connect(t, target(t, localenvtest.Postgres(t), "postgres"))
	run(t, conn, postgres.AliveStatement(postgres.StreamTimeout(time.Hour)))
	var value string
	require.NoError(t, conn.QueryRow(t.Context(), "SHOW tcp_user_timeout").Scan(&value))
	require.Equal(t, "3900000", value)
}

func TestOptionsThatAServerKnows(t *testing.T) {
	t.Parallel()
	require.Equal(t, "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3", postgres.AliveOptions(11, time.Minute))
	require.Equal(t, postgres.AliveOptions(11, time.Minute)+" -c tcp_user_timeout=60000", postgres.AliveOptions(13, time.Minute))
	require.Equal(t, postgres.AliveOptions(13, time.Minute)+" -c client_connection_check_interval=10000", postgres.AliveOptions(14, time.Minute))
}
