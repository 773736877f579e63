package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ServerFacts identify a server and its version.
type ServerFacts struct {
	// Version is the short form, such as 15.18.
	Version string
	// VersionNum is the comparable form, such as 150018.
	VersionNum int
	Major      int
	// InRecovery reports whether the server is a standby.
	InRecovery bool
}

// ReadServer returns the facts of the server.
func ReadServer(ctx context.Context, conn *pgx.Conn) (ServerFacts, error) {
	var f ServerFacts
	err := conn.QueryRow(ctx, `SELECT current_setting('server_version'), current_setting('server_version_num')::int, pg_is_in_recovery()`).
		Scan(&f.Version, &f.VersionNum, &f.InRecovery)
	if err != nil {
		return ServerFacts{}, fmt.Errorf("read the server's version: %w", Ended(ctx, Classify(err, connTarget(conn))))
	}
	// "15.18 (Debian 15.18-0+deb12u1)"
	f.Version, _, _ = strings.Cut(f.Version, " ")
	f.Major = f.VersionNum / 10000
	return f, nil
}
