package alert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

const stale = "stale shop/orders"

func blind(w *watch) []string {
	return texts(w.feed(alert.BlindRun(w.nextID(), failure.New(failure.Internal, "look at it", "the storage does not answer"))))
}

func TestAnAlertIsRaisedAndResolvedOnce(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	require.Empty(t, w.run(stale), "one run is not enough")
	require.Equal(t, []string{"raised " + stale}, w.run(stale))
	require.Empty(t, w.run(stale))
	require.Empty(t, w.run(), "one run is not enough")
	require.Empty(t, w.run(stale), "the runs do not agree")
	require.Empty(t, w.run())
	require.Equal(t, []string{"resolved " + stale}, w.run())
	require.Empty(t, w.run())
	require.Empty(t, w.state.Kinds, "nothing is kept")
	require.Empty(t, w.run(stale))
	require.Empty(t, w.run(), "a problem that one run finds is not told")
	require.Empty(t, w.run(stale))
	require.Equal(t, []string{"raised " + stale}, w.run(stale), "it is told again when it returns")
}

func TestAnAlertSaysWhatAndWhy(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	since := began.Add(-time.Hour)
	e := w.estateOf()
	e.Instances[0].Problems = []estate.Problem{{
		Kind: estate.KindFailed, Severity: estate.Critical, Instance: "shop/orders", Since: since, Code: "UserErrorInvalidSecret",
		Message: "it failed: \x1b[2J" + strings.Repeat("x", 5000), Remedy: "pgvault rerun 1",
	}}
	require.Empty(t, w.feed(alert.RunOf("1", e, w.receivers)))
	sent := w.feed(alert.RunOf("2", e, w.receivers))
	require.Len(t, sent, 1)
	require.Equal(t, "notify/oncall/shop/orders/failed/1795867200-1", sent[0].ID)
	require.Equal(t, "oncall", sent[0].Input.Notification)
	require.Equal(t, w.receivers[0].URL, sent[0].Input.URL)
	got := sent[0].Input.Alert
	require.True(t, strings.HasPrefix(got.Message, `it failed: \u001b[2Jxxx`), got.Message)
	require.True(t, strings.HasSuffix(got.Message, "… (UserErrorInvalidSecret)"), got.Message)
	require.Less(t, len(got.Message), 1200)
	got.Message = ""
	require.Equal(t, jobs.Alert{
		ID: sent[0].ID, Kind: instance.AlertFailed, State: jobs.AlertRaised, Severity: jobs.AlertCritical,
		Instance: "shop/orders", Remedy: "pgvault rerun 1", Since: since,
	}, got)
}

func TestRemindersAreDaily(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	var told []string
	for range 3*24*6 + 2 {
		told = append(told, w.run(stale)...)
	}
	require.Equal(t, []string{"raised " + stale, "reminder " + stale, "reminder " + stale, "reminder " + stale}, told)
	require.Empty(t, w.run())
	require.Equal(t, []string{"resolved " + stale}, w.run())
}

// TestATimeInTheFuturePostponesNoReminder: the clock was ahead when the alert was
// raised.
func TestATimeInTheFuturePostponesNoReminder(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.now = began.AddDate(1, 0, 0)
	w.run(stale)
	require.Len(t, w.run(stale), 1)
	w.now = began
	require.Empty(t, w.run(stale))
	w.now = began.Add(24 * time.Hour)
	require.Equal(t, []string{"reminder " + stale}, w.run(stale))
}

func TestAVaultThatCannotBeReadIsOneAlert(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.run(stale, "failed shop/orders")
	require.Len(t, w.run(stale, "failed shop/orders"), 2)
	w.run(stale, "damaged shop/orders") // failed is absent once, damaged present once
	var told []string
	for range 6 {
		told = append(told, blind(w)...)
	}
	require.Equal(t, []string{"raised watch-blind"}, told, "nothing else is raised or resolved, and the receivers are known")
	require.Equal(t, []string{"raised damaged shop/orders", "resolved failed shop/orders"}, w.run(stale, "damaged shop/orders"), "the runs before and after agree")
	require.Equal(t, []string{"resolved watch-blind"}, w.run(stale, "damaged shop/orders"))
}

func TestABlindDayIsRemindedOnceADay(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.run(stale)
	w.run(stale)
	var told []string
	for range 2 * 24 * 6 {
		told = append(told, blind(w)...)
	}
	require.Equal(t, []string{"raised watch-blind", "reminder watch-blind"}, told)
}

// TestWhatIsUnseenResolvesNothing: without Temporal's answer, a paused schedule
// looks like a running one.
func TestWhatIsUnseenResolvesNothing(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	paused := "not-scheduled shop/orders"
	w.run(paused, stale)
	require.Len(t, w.run(paused, stale), 2)
	unseen := func() []string {
		e := w.estateOf()
		e.Vault.Unseen = []string{"list schedules: refused"}
		return texts(w.feed(alert.RunOf(w.nextID(), e, w.receivers)))
	}
	require.Empty(t, unseen())
	require.Equal(t, []string{"raised watch-blind", "resolved " + stale}, unseen(), "the vault alone shows the points")
	require.Empty(t, unseen())
	require.Empty(t, w.run())
	require.Equal(t, []string{"resolved watch-blind", "resolved " + paused}, w.run())
}

func TestARemovedInstanceIsResolvedWithThatReason(t *testing.T) {
	t.Parallel()
	for name, removed := range map[string][]string{"removed": {"shop/orders"}, "mended": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWatch(t)
			w.run(stale)
			w.run(stale)
			w.removed = removed
			w.run()
			sent := w.feed(alert.RunOf("last", w.estateOf(), w.receivers))
			require.Equal(t, []string{"resolved " + stale}, texts(sent))
			text := `instance shop/orders: the alert "stale" of 2026-11-28T12:10:00Z has ended`
			if removed != nil {
				text += ", since the instance was removed from the vault"
			}
			require.Equal(t, text, sent[0].Input.Alert.Message)
		})
	}
}

func TestADeletionIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	deletion := func(at time.Time) []string {
		e := w.estateOf("deleted shop/orders")
		for n := range e.Instances {
			e.Instances[n].Problems[0].Since = at
		}
		return texts(w.feed(alert.RunOf(w.nextID(), e, w.receivers)))
	}
	require.Empty(t, deletion(began))
	require.Equal(t, []string{"raised deleted shop/orders"}, deletion(began))
	for range 2 * 24 * 6 {
		require.Empty(t, deletion(began), "there is no reminder")
	}
	later := began.Add(time.Hour)
	require.Empty(t, deletion(later))
	require.Equal(t, []string{"raised deleted shop/orders"}, deletion(later), "a later deletion is told again")
	require.Empty(t, deletion(later))
	require.Empty(t, w.run())
	require.Empty(t, w.run(), "there is no resolution")
	require.Empty(t, w.state.Kinds)
	require.Empty(t, w.state.Standing())
}

// TestALostStateIsRaisedAgainOnce: a receiver does not take the second message for a
// repetition of the first.
func TestALostStateIsRaisedAgainOnce(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.run(stale)
	e := w.estateOf(stale)
	first := w.feed(alert.RunOf("2", e, w.receivers))
	w.state = alert.State{}
	require.Empty(t, w.feed(alert.RunOf("3", e, w.receivers)))
	second := w.feed(alert.RunOf("4", e, w.receivers))
	require.Equal(t, []string{"raised " + stale}, texts(second))
	require.NotEqual(t, first[0].ID, second[0].ID)
	require.Empty(t, w.feed(alert.RunOf("5", e, w.receivers)))
}

func TestReceiversGetWhatTheyWant(t *testing.T) {
	t.Parallel()
	failures := receiver("failures")
	failures.Kinds = []instance.AlertKind{instance.AlertFailed}
	w := newWatch(t, receiver("all"), receiver("shop", "shop/*"), failures)
	problems := []string{stale, "failed crm/people", "sweep-stopped"}
	w.run(problems...)
	var told []string
	for _, d := range w.feed(alert.RunOf("2", w.estateOf(problems...), w.receivers)) {
		told = append(told, d.Input.Notification+": "+texts([]alert.Delivery{d})[0])
	}
	require.ElementsMatch(t, []string{
		"all: raised " + stale, "all: raised failed crm/people", "all: raised sweep-stopped",
		"shop: raised " + stale, "shop: raised sweep-stopped", "failures: raised failed crm/people",
	}, told)
}

func TestANewReceiverLearnsOfStandingAlertsWithinADay(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.receivers = nil
	w.run(stale)
	require.Empty(t, w.run(stale))
	w.receivers = newWatch(t).receivers
	var told []string
	for range 24 * 6 {
		told = append(told, w.run(stale)...)
	}
	require.Equal(t, []string{"reminder " + stale}, told)
}

// TestEveryKindThatIsToldCanBeChosen compares the kinds of problems with those that
// pgvault.yaml accepts.
func TestEveryKindThatIsToldCanBeChosen(t *testing.T) {
	t.Parallel()
	var kinds []instance.AlertKind
	for _, kind := range estate.Kinds() {
		switch kind {
		case estate.KindLate, estate.KindNoWorker, estate.KindUndelivered: // always warnings
		default:
			kinds = append(kinds, instance.AlertKind(kind))
		}
	}
	require.ElementsMatch(t, instance.AlertKinds(), kinds)
}

func TestAWarningIsNotTold(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	e := w.estateOf(stale)
	for n := range e.Instances {
		e.Instances[n].Problems[0].Severity = estate.Warning
	}
	require.Empty(t, alert.RunOf("1", e, nil).Found)
}
