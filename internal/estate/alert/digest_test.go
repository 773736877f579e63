package alert_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/instance"
)

func TestFiveHundredStaleInstancesAreOneDigest(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	all := many("stale shop/", 500)
	require.Empty(t, w.run(all...))
	sent := w.feed(alert.RunOf("2", w.estateOf(all...), w.receivers))
	require.Equal(t, []string{"digest stale"}, texts(sent))
	require.Equal(t, "500 instances: their newest good recovery points are too old: "+strings.Join(names("shop/", 20), ", ")+" and 480 more", sent[0].Input.Alert.Message)
	var told []string
	for range 2 * 24 * 6 {
		told = append(told, w.run(all...)...)
	}
	require.Equal(t, []string{"reminder stale", "reminder stale"}, told, "one reminder a day")
	told = nil
	for left := len(all); left >= 0; left -= 20 {
		told = append(told, w.run(all[:left]...)...)
	}
	require.Empty(t, told, "as long as one is stale")
	require.Equal(t, []string{"resolved stale"}, w.run())
	require.Empty(t, w.state.Kinds)
}

func names(prefix string, n int) []string { return many(prefix, n) }

func TestTenAreNotADigest(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	w.run(many("stale shop/", 10)...)
	require.Len(t, w.run(many("stale shop/", 10)...), 10)
	w = newWatch(t)
	w.run(many("stale shop/", 11)...)
	require.Equal(t, []string{"digest stale"}, w.run(many("stale shop/", 11)...))
}

// TestANewProblemIsNotHiddenByADigest: ten forgotten test databases and a new
// failure.
func TestANewProblemIsNotHiddenByADigest(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	forgotten := many("stale test/", 30)
	w.run(forgotten...)
	require.Equal(t, []string{"digest stale"}, w.run(forgotten...))
	with := slices.Concat(forgotten, []string{stale})
	require.Empty(t, w.run(with...))
	require.Equal(t, []string{"raised " + stale}, w.run(with...))
	require.Empty(t, w.run(forgotten...))
	require.Equal(t, []string{"resolved " + stale}, w.run(forgotten...))
	more := slices.Concat(forgotten, many("stale more/", 11))
	require.Empty(t, w.run(more...))
	sent := w.feed(alert.RunOf("more", w.estateOf(more...), w.receivers))
	require.Equal(t, []string{"digest stale"}, texts(sent))
	require.Contains(t, sent[0].Input.Alert.Message, "11 instances: ", "those that are new")
	w.run()
	require.Equal(t, []string{"resolved stale"}, w.run(), "together")
}

// TestManyOldAlertsAreOneReminder: alerts that were raised one by one keep an
// identity of their own, so that each can be resolved.
func TestManyOldAlertsAreOneReminder(t *testing.T) {
	t.Parallel()
	w := newWatch(t)
	all := many("stale shop/", 24)
	var told []string
	for n := range all {
		w.run(all[:n+1]...)
		told = append(told, w.run(all[:n+1]...)...)
	}
	require.Len(t, told, len(all))
	told = nil
	for range 24 * 6 {
		told = append(told, w.run(all...)...)
	}
	require.Equal(t, []string{"reminder stale shop/000"}, told)
	w.run()
	require.Len(t, w.run(), len(all))
}

func TestADigestGoesToThoseThatItIsAbout(t *testing.T) {
	t.Parallel()
	w := newWatch(t, receiver("all"), receiver("shop", "shop/*"), receiver("crm", "crm/*"))
	problems := slices.Concat(many("stale shop/", 12), many("stale crm/", 2))
	tell := func(problems ...string) (told []string) {
		for _, d := range w.feed(alert.RunOf(w.nextID(), w.estateOf(problems...), w.receivers)) {
			text, _, _ := strings.Cut(d.Input.Alert.Message, ":")
			told = append(told, d.Input.Notification+" "+string(d.Input.Alert.State)+" "+text)
		}
		return told
	}
	tell(many("stale shop/", 12)...)
	require.Equal(t, []string{"all digest 12 instances", "shop digest 12 instances"}, tell(many("stale shop/", 12)...))
	tell(problems...)
	require.Equal(t, []string{
		"all raised what is wrong with crm/000", "crm raised what is wrong with crm/000",
		"all raised what is wrong with crm/001", "crm raised what is wrong with crm/001",
	}, tell(problems...))
	tell(many("stale crm/", 2)...)
	require.Equal(t, []string{
		"all resolved all alerts \"stale\" have ended that one message of 2026-11-28T12", "shop resolved all alerts \"stale\" have ended that one message of 2026-11-28T12",
	}, tell(many("stale crm/", 2)...), "those that were told of it")
}

// TestTheLargestRunAndStateAreSmall: a signal of Temporal may have two megabytes.
func TestTheLargestRunAndStateAreSmall(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ instances, run, state int }{
		"1,000 instances with long names":  {1000, 800 << 10, 800 << 10},
		"10,000 instances with long names": {10_000, 800 << 10, 800 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var receivers []instance.Notification
			for _, name := range names("receiver-", instance.MaxNotifications) {
				receivers = append(receivers, receiver(name, names("shop/*", 10)...))
			}
			w := newWatch(t, receivers...)
			var e estate.Estate
			for _, i := range names(strings.Repeat("n", 100)+"/x", c.instances) {
				one := estate.Instance{Name: i}
				for _, kind := range []estate.Kind{estate.KindStale, estate.KindDamaged, estate.KindNotScheduled, estate.KindFailed} {
					one.Problems = append(one.Problems, estate.Problem{
						Kind: kind, Severity: estate.Critical, Instance: i, Message: strings.Repeat("m", 5000), Remedy: strings.Repeat("r", 5000),
					})
				}
				e.Instances = append(e.Instances, one)
			}
			for n := range 4 {
				run := alert.RunOf(w.nextID(), e, w.receivers)
				require.Less(t, size(t, run), c.run)
				sent := w.feed(run)
				if n == 1 {
					require.Equal(t, 4*len(receivers), len(sent), "a digest of each kind")
				} else {
					require.Zero(t, len(sent))
				}
				require.Less(t, size(t, w.state), c.state)
			}
		})
	}
}

func size(t *testing.T, value any) int {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	return len(data)
}

// TestMoreProblemsThanAreNamed: the instances that become known when others are
// mended were a part of the digest.
func TestMoreProblemsThanAreNamed(t *testing.T) {
	t.Parallel()
	w := newWatch(t, receiver("all"), receiver("crm", "crm/*"), receiver("zoo", "zoo/*"))
	all := slices.Concat(many("stale shop/", 1500), many("stale zoo/", 2))
	w.run(all...)
	sent := w.feed(alert.RunOf("2", w.estateOf(all...), w.receivers))
	require.Equal(t, []string{"digest stale", "digest stale", "digest stale"}, texts(sent), "also to those whose instances may be among the unknown")
	require.Contains(t, sent[0].Input.Alert.Message, "at least 1000 instances")
	for left := 0; left < len(all); left += 100 {
		require.Empty(t, w.run(all[left:]...))
	}
	require.Empty(t, w.run())
	require.Equal(t, []string{"resolved stale", "resolved stale", "resolved stale"}, w.run())
}
