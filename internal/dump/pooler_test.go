package dump_test

import (
	"math"
	"testing"

	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// pooled puts a pooler between the dump and the server.
func pooled(t *testing.T, d dump.Dumper, r dump.Request) (dump.Dumper, dump.Request) {
	t.Helper()
	return pooledUpTo(t, math.MaxInt64, d, r)
}

// pooledUpTo is like pooled, and cuts a session after limit bytes from the
// server.
func pooledUpTo(t *testing.T, limit int64, d dump.Dumper, r dump.Request) (dump.Dumper, dump.Request) {
	t.Helper()
	p := *localenvtest.Postgres(t)
	p.Port = localenvtest.Pooler(t, limit)
	d.Source = signintest.Given{Secret: p.URI(r.Account.Database, p.Superuser, p.Password)}
	r.Account.Server.Port = p.Port
	return d, r
}
