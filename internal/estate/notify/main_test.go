package notify_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate/notify"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
	"github.com/pgvault/pgvault/internal/trust"
)

func TestMain(m *testing.M) { localenvtest.Main(m) }

// canary is part of every address. No error may contain it.
const canary = "c4n4ry"

var now = time.Date(2026, 11, 28, 2, 0, 0, 0, time.UTC)

var stale = jobs.Alert{
	ID: "shop/orders/stale/7", Kind: instance.AlertStale, State: jobs.AlertRaised, Severity: jobs.AlertCritical, Instance: "shop/orders",
	Message: "the newest good recovery point of instance shop/orders is too old", Remedy: "pgvault backup shop/orders", Since: now.Add(-time.Hour),
}

// sender returns a sender that may send to the hosts.
func sender(t *testing.T, hosts ...string) notify.Sender {
	t.Helper()
	file, err := trust.Parse(fmt.Appendf(nil, "notify: [%s]", strings.Join(hosts, ", ")), "trust.yaml")
	require.NoError(t, err)
	return notify.Sender{
		Trust: file, Source: "https://contosobackups.blob.core.windows.net/postgres", Version: "1.2.3", Now: func() time.Time { return now },
	}
}

// failed requires that a delivery has failed with a code, and tells nothing of the
// address.
func failed(t *testing.T, code failure.Code, answer string, err error) string {
	t.Helper()
	require.Equal(t, code, failure.CodeOf(err), "%v", err)
	require.Empty(t, answer)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), canary)
	return err.Error()
}

func withKey(address string, key []byte) secret.String {
	return secret.New(fmt.Sprintf(`{"address": %q, "key": "whsec_%s"}`, address, base64.StdEncoding.EncodeToString(key)))
}
