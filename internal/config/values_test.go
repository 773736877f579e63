package config_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/config"
)

func TestDurationText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"30d": "30d", "12w": "84d", "6m": "6m", "10y": "10y", "1y6m": "1y6m", "P30D": "30d", "p1y2m3w4d": "1y2m25d", "0d": "0d",
	} {
		d, err := config.ParseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, d.String(), text)
	}
	for _, text := range []string{"", "P", "30", "d", "30 d", "-1d", "1d1y", "1.5y", "24h", "PT6H", "99999y"} {
		_, err := config.ParseDuration(text)
		require.Error(t, err, text)
	}
}

func TestDurationAddTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, duration, want string }{
		{"2027-01-31T02:00:00Z", "1m", "2027-02-28T02:00:00Z"},
		{"2027-01-31T02:00:00Z", "1m1d", "2027-03-01T02:00:00Z"},
		{"2028-02-29T02:00:00Z", "1y", "2029-02-28T02:00:00Z"},
		{"2026-11-24T02:00:00Z", "30d", "2026-12-24T02:00:00Z"},
		{"2026-11-24T02:00:00Z", "10y", "2036-11-24T02:00:00Z"},
		{"2026-12-31T02:00:00Z", "2m", "2027-02-28T02:00:00Z"},
	} {
		from, err := time.Parse(time.RFC3339, c.from)
		require.NoError(t, err)
		d, err := config.ParseDuration(c.duration)
		require.NoError(t, err)
		require.Equal(t, c.want, d.AddTo(from).Format(time.RFC3339), "%s + %s", c.from, c.duration)
	}
}

func TestClockDurationText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"15m": "15m", "90m": "1h30m", "6h": "6h", "PT6H": "6h", "PT1H30M": "1h30m", "45s": "45s", "0s": "0s", "10m10s": "10m10s", "24h0m10s": "24h0m10s",
	} {
		d, err := config.ParseClockDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, d.String(), text)
		back, err := config.ParseClockDuration(d.String())
		require.NoError(t, err)
		require.Equal(t, d, back)
	}
	for _, text := range []string{"", "15", "1d", "-1m", "P1D", "soon"} {
		_, err := config.ParseClockDuration(text)
		require.Error(t, err, text)
	}
}

func TestSecretURL(t *testing.T) {
	t.Parallel()
	vaultURL, name, err := config.ParseSecretURL("https://127.0.0.1:8443/secrets/shop-orders")
	require.NoError(t, err)
	require.Equal(t, "https://127.0.0.1:8443", vaultURL)
	require.Equal(t, "shop-orders", name)
	for _, text := range []string{
		"", "shop-orders", "postgres://u:c4n4ry@h/d", "Server=h;Password=c4n4ry", "https://v.vault.azure.net/keys/k",
		"https://v.vault.azure.net/secrets/", "https://v.vault.azure.net/secrets/a/1", "https://u:c4n4ry@v/secrets/a", "https://v/secrets/a?k=c4n4ry",
	} {
		_, _, err := config.ParseSecretURL(text)
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "c4n4ry")
	}
}

func TestContainerURL(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"https://a.blob.core.windows.net/backups", "https://127.0.0.1:10000/devstoreaccount1/backups"} {
		require.NoError(t, config.CheckContainerURL(text), text)
	}
	for _, text := range []string{
		"https://a.blob.core.windows.net", "https://a.blob.core.windows.net/", "https://a/UPPER", "https://a/ab", "https://a/a--b",
		"https://a/x/y/container", "https://a/backups?sig=c4n4ry", "http://a/backups",
	} {
		err := config.CheckContainerURL(text)
		require.Error(t, err, text)
		require.NotContains(t, err.Error(), "c4n4ry")
	}
}

// Vaults and histories of before there were several schedules stay readable.
func TestPolicyOfBeforeIsRead(t *testing.T) {
	t.Parallel()
	var got config.Policy
	require.NoError(t, json.Unmarshal([]byte(`{
		"name": "nightly",
		"schedule": {"times": ["02:00"], "days": ["Mon"], "timeZone": "Europe/Berlin", "jitter": "0s", "catchUpWindow": "6h"},
		"retention": {"Default": "1y6m"}
	}`), &got))
	rule, ok := config.BuiltIn(config.DefaultRule, config.Lifecycle{Standard: config.Duration{Years: 1, Months: 6}})
	require.True(t, ok)
	require.Equal(t, config.Policy{
		Name: "nightly", TimeZone: "Europe/Berlin", WeekStart: config.Weekday(time.Monday), Rules: []config.Rule{rule},
		Schedules: []config.Schedule{{
			Times: []config.TimeOfDay{{Hour: 2}}, Days: []config.Weekday{config.Weekday(time.Monday)},
			TimeZone: "Europe/Berlin", CatchUpWindow: config.ClockDuration(6 * time.Hour),
		}},
	}, got)
	require.NoError(t, got.Validate())
}

func TestInstanceJSONRoundTrip(t *testing.T) {
	t.Parallel()
	days, err := config.ParseDuration("30d")
	require.NoError(t, err)
	want := config.Instance{
		Name:     "shop/orders",
		Server:   config.Server{Host: "db"}.WithDefaults(),
		Database: "orders",
		SignIn:   config.SignIn{Entra: &config.Entra{User: "backup"}},
		Policy: config.Policy{
			Name:      "nightly",
			Schedules: []config.Schedule{{Times: []config.TimeOfDay{{Hour: 2}}, Days: config.AllDays(), TimeZone: "UTC"}},
			TimeZone:  "UTC", WeekStart: config.Weekday(time.Saturday),
			Rules: []config.Rule{
				{
					Name: "QuarterEnd", Priority: 12, FirstOf: config.Day, DaysOfWeek: []config.Weekday{config.Weekday(time.Sunday)},
					WeeksOfMonth: []config.WeekOfMonth{1, config.LastWeek}, Months: []config.Month{config.Month(time.March)},
					DaysOfMonth: []config.DayOfMonth{1, config.LastDay},
					Lifecycle:   config.Lifecycle{Standard: config.Duration{Months: 6}, Archive: config.Duration{Years: 6}},
				},
				{Name: config.DefaultRule, Priority: 99, Lifecycle: config.Lifecycle{Standard: days}},
			},
		},
		Dump: config.DumpSettings{}.WithDefaults(),
	}
	data, err := json.Marshal(want)
	require.NoError(t, err)
	var got config.Instance
	require.NoError(t, json.Unmarshal(data, &got))
	require.Equal(t, want, got)
	require.NoError(t, got.SignIn.Validate())
	require.NoError(t, got.Server.Validate())
}

func TestImmutability(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]config.Immutability{"disabled": config.Disabled, "unlocked": config.Unlocked, "locked": config.Locked} {
		var got config.Immutability
		require.NoError(t, got.UnmarshalText([]byte(text)))
		require.Equal(t, want, got)
		require.Equal(t, want != config.Disabled, got.On())
		require.Equal(t, want != config.Locked, config.Locked.Weakens(got))
		require.False(t, config.Unlocked.Weakens(got))
	}
}
