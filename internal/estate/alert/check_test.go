package alert_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

func TestWhatTheWatchCannotHaveSent(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	found := func(f alert.Found) alert.Run { return alert.Run{Found: []alert.Found{f}} }
	for name, run := range map[string]alert.Run{
		"a long ID":              {ID: long},
		"a long reason":          {Blind: &estate.Problem{Message: long}},
		"many unseen parts":      {Unseen: make([]string, 6)},
		"a long unseen part":     {Unseen: []string{long}},
		"many instances":         {Instances: make([]string, 4001)},
		"a path as an instance":  {Instances: []string{"../x"}},
		"many kinds":             {Found: make([]alert.Found, 41)},
		"an unknown kind":        found(alert.Found{Kind: "nonsense"}),
		"many names":             found(alert.Found{Kind: "stale", Instances: make([]string, 1001)}),
		"a name with markup":     found(alert.Found{Kind: "stale", Instances: []string{"<b>"}}),
		"many problems":          found(alert.Found{Kind: "stale", Problems: make([]estate.Problem, 11)}),
		"a long message":         found(alert.Found{Kind: "stale", Problems: []estate.Problem{{Message: long}}}),
		"a long remedy":          found(alert.Found{Kind: "stale", Problems: []estate.Problem{{Remedy: long}}}),
		"a problem of a path":    found(alert.Found{Kind: "stale", Problems: []estate.Problem{{Instance: "../x"}}}),
		"many receivers":         {Receivers: make([]instance.Notification, 51)},
		"a receiver by address":  {Receivers: []instance.Notification{{Name: "x", URL: "https://hooks.example.com/"}}},
		"a receiver with a path": {Receivers: []instance.Notification{{Name: "../x", URL: receiver("x").URL}}},
		"a receiver of nonsense": {Receivers: []instance.Notification{{Name: "x", URL: receiver("x").URL, Kinds: []instance.AlertKind{"nonsense"}}}},
		"a pattern with markup":  {Receivers: []instance.Notification{receiver("x", "<b>")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, failure.InvalidInput, failure.CodeOf(run.Check()))
		})
	}
}

func TestStatesThatCannotBe(t *testing.T) {
	t.Parallel()
	kind := func(k alert.Kind) alert.State { return alert.State{Kinds: []alert.Kind{k}} }
	for name, state := range map[string]alert.State{
		"an unknown kind":     kind(alert.Kind{Kind: "nonsense"}),
		"many kinds":          {Kinds: make([]alert.Kind, 41)},
		"many alerts":         kind(alert.Kind{Kind: "stale", Alerts: make([]alert.Alert, 2001)}),
		"an alert of a path":  kind(alert.Kind{Kind: "stale", Alerts: []alert.Alert{{Instance: "../x"}}}),
		"many that were told": kind(alert.Kind{Kind: "stale", Digest: &alert.Digest{Told: make([]string, 51)}}),
		"a bad receiver":      {Receivers: []instance.Notification{{Name: "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, failure.InvalidInput, failure.CodeOf(alert.Input{State: state}.Check()))
		})
	}
	require.NoError(t, alert.Input{}.Check())
	require.Error(t, alert.Input{Rest: &alert.Rest{Started: -1}}.Check())
	require.Error(t, alert.Input{Rest: &alert.Rest{Run: alert.Run{ID: strings.Repeat("x", 5000)}}}.Check())
}

// TestReceiversOfADamagedVault: the settings may be a stranger's. What is wrong there
// keeps no other receiver from its alerts.
func TestReceiversOfADamagedVault(t *testing.T) {
	t.Parallel()
	w := newWatch(t, instance.Notification{Name: "../x", URL: "ftp://x"}, receiver("oncall"))
	w.run(stale)
	require.Equal(t, []string{"raised " + stale}, w.run(stale))
}
