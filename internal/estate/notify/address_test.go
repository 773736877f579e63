package notify_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/secret"
)

func TestSecretsThatHoldNoAddress(t *testing.T) {
	t.Parallel()
	short := strings.Repeat("c4n4ry", 5)
	for _, value := range []string{
		"c4n4ry", "https:c4n4ry", "http://localhost/c4n4ry", "logger://c4n4ry", "generic://localhost/c4n4ry", "postgresql://u:c4n4ry@localhost/db",
		"https://localhost/%zzc4n4ry", "https://localhost/#c4n4ry", "{", "{}", `{"address": "c4n4ry"}`, `{"adress": "https://localhost/c4n4ry"}`,
		`{"address": "https://localhost/c4n4ry", "key": "c4n4ry"}`, `{"address": "https://localhost/c4n4ry", "key": "whsec_` + short + `"}`,
		`{"address": "https://localhost/c4n4ry"} {"address": "https://localhost/c4n4ry"}`,
		`{"address": "smtp://localhost/?from=a@example.com&to=c4n4ry@example.com", "key": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}`,
		"smtp://u:c4n4ry@localhost/", "smtp://u:c4n4ry@localhost/?from=a@example.com", "smtp://u:c4n4ry@localhost/?from=a@example.com&to=b",
		"smtp://u:c4n4ry@localhost/?from=a@example.com&to=b@example.com&skiptlsverify=yes",
		"smtp://u:c4n4ry@localhost/?from=a@example.com&to=b@example.com&encryption=None",
		"smtp://u:c4n4ry@localhost/?from=a@example.com&to=b@example.com&starttls=no",
		"smtp://u:c4n4ry@localhost/?from=a@example.com&to=b@example.com&auth=OAuth2",
		"smtp://u:c4n4ry@localhost/?from=a@example.com%0d%0aBcc:%20c@example.com&to=b@example.com",
		"slack://c4n4ry@webhook", "pagerduty://localhost/c4n4ry", "ntfy://localhost/", "pushover://localhost/",
		"ntfy://u:c4n4ry@localhost/topic?scheme=http", "ntfy://u:c4n4ry@localhost/topic?disabletls=yes",
	} {
		answer, err := sender(t, "localhost").Send(t.Context(), secret.New(value), stale)
		says := failed(t, failure.SecretFormat, answer, err)
		require.Contains(t, says, "the secret holds no address for notifications: ", value)
		require.Contains(t, says, "teams+https://", value)
	}
}
