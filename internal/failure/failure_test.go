package failure_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
)

func TestRetryable(t *testing.T) {
	t.Parallel()
	for code, want := range map[failure.Code]bool{
		failure.InvalidSecret:          false,
		failure.MissingDBPermissions:   false,
		failure.VerificationFailed:     false,
		failure.VaultDamaged:           false,
		failure.ClockSkew:              false,
		failure.ServerConnectionClosed: true,
		failure.TransferStalled:        true,
		failure.Internal:               true,
	} {
		require.Equal(t, want, code.Retryable(), code)
	}
}

func TestCodeOfLooksThroughWrapping(t *testing.T) {
	t.Parallel()
	cause := errors.New("no such host")
	err := fmt.Errorf("validate: %w", failure.Wrap(cause, failure.MissingNetworkSecurityPermissions, "check the name", "server %q is unknown", "db"))
	require.Equal(t, failure.MissingNetworkSecurityPermissions, failure.CodeOf(err))
	require.ErrorIs(t, err, cause)
	require.Equal(t, failure.Internal, failure.CodeOf(cause))
	require.Empty(t, failure.CodeOf(nil))
}

func TestFromFindingsKeepsEveryFinding(t *testing.T) {
	t.Parallel()
	require.NoError(t, failure.FromFindings(nil))
	err := failure.FromFindings([]failure.Finding{
		{Check: "network", Code: failure.ServerConnectionClosed, Message: "no answer"},
		{Check: "grants", Code: failure.MissingDBPermissions, Message: "no SELECT on a.b", Action: "GRANT SELECT ON a.b TO c;"},
		{Check: "vault", Code: failure.ContainerNotAccessible, Message: "no write access"},
	})
	require.Equal(t, failure.MissingDBPermissions, failure.CodeOf(err), "what needs a person decides over what another attempt may not meet")
	require.ErrorContains(t, err, "no answer")
	require.ErrorContains(t, err, "no SELECT on a.b")
	require.ErrorContains(t, err, "no write access")
	require.ErrorContains(t, err, "GRANT SELECT ON a.b TO c;")
	var f *failure.Error
	require.ErrorAs(t, err, &f)
	require.Len(t, f.Findings, 3)

	err = failure.FromFindings([]failure.Finding{{Code: failure.SecretStoreUnavailable}, {Code: failure.StorageUnavailable}})
	require.Equal(t, failure.SecretStoreUnavailable, failure.CodeOf(err))
}
