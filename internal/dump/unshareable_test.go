package dump_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/azureblob"
	"github.com/pgvault/pgvault/internal/dump"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/signin/signintest"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// A role whose connection limit leaves no room for a second or third connection
// is dumped as by pg_dump, and the result says so.
func TestTheFewestConnections(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int]dump.Method{1: dump.SingleStream, 2: dump.Parallel} {
		t.Run(fmt.Sprintf("limit %d", limit), func(t *testing.T) {
			t.Parallel()
			d, r := dumping(t, localenvtest.Container(t), azureblob.Options{})
			p, database := localenvtest.Postgres(t), r.Account.Database
			role, password := localenvtest.User(t)
			require.NoError(t, p.Exec(t.Context(), database, fmt.Sprintf("ALTER ROLE %s CONNECTION LIMIT %d; GRANT pg_read_all_data TO %s", role, limit, role)))
			require.NoError(t, p.Exec(t.Context(), database, manyShapes))
			require.NoError(t, p.Exec(t.Context(), database, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata")) // which the role does not own
			d.Source = signintest.Given{Secret: p.URI(database, role, password)}
			result, err := d.Stream(t.Context(), r, progress.NewMeter(time.Now, "connect"))
			require.NoError(t, err)
			require.Equal(t, want, result.Layout.Method)
			require.Equal(t, limit == 1, strings.Contains(result.Layout.Reason, "no second connection"))
			require.Equal(t, limit == 1, strings.Contains(strings.Join(result.Warnings, "\n"), "no second connection"))
			content, _, err := d.Container.Get(t.Context(), r.Blob, 1<<30)
			require.NoError(t, err)
			restored := localenvtest.Database(t)
			pgRestore(t, restored, content)
			require.Equal(t, contents(t, database), contents(t, restored))
		})
	}
}
