package instance_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

func TestSecretURL(t *testing.T) {
	t.Parallel()
	vaultURL, name, err := instance.ParseSecretURL("https://127.0.0.1:8443/secrets/shop-orders")
	require.NoError(t, err)
	require.Equal(t, "https://127.0.0.1:8443", vaultURL)
	require.Equal(t, "shop-orders", name)
	for _, text := range []string{
		"", "shop-orders", "postgres://u:c4n4ry@h/d", "Server=h;Password=c4n4ry", "https://v.vault.azure.net/keys/k",
		"https://v.vault.azure.net/secrets/", "https://v.vault.azure.net/secrets/a/1", "https://u:c4n4ry@v/secrets/a", "https://v/secrets/a?k=c4n4ry",
	} {
		_, _, err := instance.ParseSecretURL(text)
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "c4n4ry")
	}
}

func TestContainerURL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"https://a.blob.core.windows.net/backups", "https://127.0.0.1:10000/devstoreaccount1/backups"} {
		require.NoError(t, instance.CheckContainerURL(text), text)
	}
	for _, text := range []string{
		"https://a.blob.core.windows.net", "https://a.blob.core.windows.net/", "https://a/UPPER", "https://a/ab", "https://a/a--b",
		"https://a/x/y/container", "https://a/backups?sig=c4n4ry", "http://a/backups",
	} {
		err := instance.CheckContainerURL(text)
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "c4n4ry")
	}
}

func TestInstanceJSONRoundTrip(t *testing.T) {
	t.Parallel()
	days, err := policy.ParseDuration("30d")
	require.NoError(t, err)
	want := instance.Instance{
		Name:     "shop/orders",
		Server:   instance.Server{Host: "db"}.WithDefaults(),
		Database: "orders",
		SignIn:   instance.SignIn{Entra: &instance.Entra{User: "backup"}},
		Policy: policy.Policy{
			Name:      "nightly",
			Schedules: []policy.Schedule{{Times: []policy.TimeOfDay{{Hour: 2}}, Days: policy.AllDays(), TimeZone: "UTC"}},
			TimeZone:  "UTC", WeekStart: policy.Weekday(time.Saturday),
			Rules: []policy.Rule{
				{
					Name: "QuarterEnd", Priority: 12, FirstOf: policy.Day, DaysOfWeek: []policy.Weekday{policy.Weekday(time.Sunday)},
					WeeksOfMonth: []policy.WeekOfMonth{1, policy.LastWeek}, Months: []policy.Month{policy.Month(time.March)},
					DaysOfMonth: []policy.DayOfMonth{1, policy.LastDay},
					Lifecycle:   policy.Lifecycle{Standard: policy.Duration{Months: 6}, Archive: policy.Duration{Years: 6}},
				},
				{Name: policy.DefaultRule, Priority: 99, Lifecycle: policy.Lifecycle{Standard: days}},
			},
		},
		Dump: instance.DumpSettings{}.WithDefaults(),
	}
	data, err := json.Marshal(want)
	require.NoError(t, err)
	var got instance.Instance
	require.NoError(t, json.Unmarshal(data, &got))
	require.Equal(t, want, got)
	require.NoError(t, got.SignIn.Validate())
	require.NoError(t, got.Server.Validate())
}

func TestImmutability(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]instance.Immutability{"disabled": instance.Disabled, "unlocked": instance.Unlocked, "locked": instance.Locked} {
		var got instance.Immutability
		require.NoError(t, got.UnmarshalText([]byte(text)))
		require.Equal(t, want, got)
		require.Equal(t, want != instance.Disabled, got.On())
		require.Equal(t, want != instance.Locked, instance.Locked.Weakens(got))
		require.False(t, instance.Unlocked.Weakens(got))
	}
}
