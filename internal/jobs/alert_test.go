package jobs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

// notifyInput is a valid input of a Notify.
func notifyInput() jobs.NotifyInput {
	return jobs.NotifyInput{
		Notification: "oncall", URL: "https://contoso.vault.azure.net/secrets/oncall",
		Alert: jobs.Alert{
			ID: "shop/orders/stale/1", Kind: instance.AlertStale, State: jobs.AlertRaised, Severity: jobs.AlertCritical,
			Instance: "shop/orders", Message: "too old",
		},
	}
}

func TestInputOfANotify(t *testing.T) {
	t.Parallel()
	require.NoError(t, notifyInput().Check())
	for says, change := range map[string]func(*jobs.NotifyInput){
		`field "notification" is empty`:             func(i *jobs.NotifyInput) { i.Notification = "" },
		"cannot name a notification":                func(i *jobs.NotifyInput) { i.Notification = "a/b" },
		"url: it is not the URL":                    func(i *jobs.NotifyInput) { i.URL = "https://hooks.example.com/c4n4ry" },
		`field "alert.id"`:                          func(i *jobs.NotifyInput) { i.Alert.ID = "a\r\nb" },
		`field "alert.kind" is invalid`:             func(i *jobs.NotifyInput) { i.Alert.Kind = "stal" },
		`field "alert.state" is invalid`:            func(i *jobs.NotifyInput) { i.Alert.State = "rose" },
		`test for the kind test`:                    func(i *jobs.NotifyInput) { i.Alert.State = jobs.AlertTested },
		`write raised, reminder, resolved`:          func(i *jobs.NotifyInput) { i.Alert.Kind = jobs.AlertTest },
		`field "alert.severity" is invalid`:         func(i *jobs.NotifyInput) { i.Alert.Severity = "" },
		`field "alert.instance" is invalid`:         func(i *jobs.NotifyInput) { i.Alert.Instance = "a\nSubject: b" },
		`field "alert.message" is empty`:            func(i *jobs.NotifyInput) { i.Alert.Message = "" },
		"message and remedy have at most 8192 byte": func(i *jobs.NotifyInput) { i.Alert.Remedy = strings.Repeat("x", 8193) },
	} {
		input := notifyInput()
		change(&input)
		err := input.Check()
		require.Equal(t, failure.InvalidInput, failure.CodeOf(err), says)
		require.ErrorContains(t, err, says)
		require.NotContains(t, err.Error(), "c4n4ry")
	}
}

func TestABoundedAlertIsValid(t *testing.T) {
	t.Parallel()
	input := notifyInput()
	input.Alert.Message, input.Alert.Remedy = strings.Repeat("€", 10_000), strings.Repeat("x", 8192)
	require.Error(t, input.Check())
	input.Alert = input.Alert.Bounded()
	require.NoError(t, input.Check())
	require.True(t, strings.HasSuffix(input.Alert.Message, "€…"))
}

func TestNotifyID(t *testing.T) {
	t.Parallel()
	require.Equal(t, "notify/oncall/shop/orders/stale/7", jobs.NotifyID("oncall", "shop/orders", instance.AlertStale, "7"))
	require.Equal(t, "notify/oncall/-/watch-blind/7", jobs.NotifyID("oncall", "", instance.AlertWatchBlind, "7"))
}
