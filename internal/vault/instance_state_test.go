package vault_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/blobstore/memblob"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
)

func TestInstanceState(t *testing.T) {
	t.Parallel()
	b := setup(t)
	want := instance.Instance{Name: orders, Server: instance.Server{Host: "db", Port: 5432}, Database: "orders"}
	other := want
	other.Database = "orders2"
	state := func() vault.InstanceState {
		t.Helper()
		s, err := b.GetInstanceState(t.Context(), orders)
		require.NoError(t, err)
		return s
	}
	none := state()
	require.False(t, none.Defines(want))
	require.Equal(t, vault.Protection{State: vault.Protected}, none.Protection)

	_, err := b.PutInstance(t.Context(), want)
	require.NoError(t, err)
	// A name may begin as what stands beside the points does.
	nested := instance.Instance{Name: orders + "/instance.json", Database: "nested"}
	_, err = b.PutInstance(t.Context(), nested)
	require.NoError(t, err)
	require.True(t, state().Defines(want))
	require.False(t, state().Defines(other))
	require.False(t, state().Defines(nested))

	stopped := vault.Protection{State: vault.RetainAsPerPolicy, At: scheduled.Truncate(time.Second), Reason: "moved"}
	require.NoError(t, b.SetProtection(t.Context(), orders, stopped))
	require.Equal(t, stopped, state().Protection)
	require.True(t, state().Defines(want))

	_, err = b.PutInstance(t.Context(), other)
	require.NoError(t, err)
	require.False(t, state().Defines(want))
	require.True(t, state().Defines(other))
}

func TestSinceIsTheTimeOfTheFirstDefinition(t *testing.T) {
	t.Parallel()
	now := scheduled
	b := open(memblob.New(func() time.Time { return now }, memblob.Options{}))
	put := func(database string) (first, changed time.Time) {
		t.Helper()
		_, err := b.PutInstance(t.Context(), instance.Instance{Name: orders, Database: database})
		require.NoError(t, err)
		s, err := b.GetInstanceState(t.Context(), orders)
		require.NoError(t, err)
		return s.Since()
	}
	first, changed := put("orders")
	require.True(t, scheduled.Equal(first) && scheduled.Equal(changed))
	for hours := range 3 {
		now = scheduled.Add(time.Duration(hours+1) * time.Hour)
		first, changed = put(now.String())
		require.True(t, scheduled.Equal(first), "%s", first)
		require.True(t, now.Equal(changed), "%s", changed)
	}
	now = now.Add(time.Hour)
	_, unchanged := put(changed.String())
	require.True(t, changed.Equal(unchanged), "an equal definition is not written again")
}
