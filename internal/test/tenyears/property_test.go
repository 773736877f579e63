package tenyears_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/policy"
)

var seed = flag.Uint64("seed", 1, "begin the random policies and worlds with this")

// For thousands of random policies, every point gets the rule and the dates
// that the words give it.
func TestRandomPoliciesAgreeWithTheWords(t *testing.T) {
	t.Parallel()
	const policies, sideBySide = 2000, 8
	for first := range uint64(sideBySide) {
		t.Run(fmt.Sprintf("from %d", first), func(t *testing.T) {
			t.Parallel()
			for i := first; i < policies; i += sideBySide {
				requirePolicyAsInWords(t, i)
			}
		})
	}
}

func requirePolicyAsInWords(t *testing.T, i uint64) {
	t.Helper()
	const backups = 40
	random := rand.New(rand.NewPCG(*seed, i))
	p := randomPolicy(random)
	at := time.Date(2024, 1, 1+random.IntN(1000), random.IntN(24), 30*random.IntN(2), 0, 0, time.UTC)
	replay, err := policy.NewReplay(p)
	require.NoError(t, err)
	var counting []time.Time
	for range backups {
		got, err := replay.Decide(at)
		require.NoError(t, err)
		requireAsInWords(t, p, at, counting, got, "-seed %d, policy %d", *seed, i)
		if random.IntN(8) > 0 { // the others are damaged or deleted
			counting = append(counting, at)
			replay.Count(at)
		}
		at = at.Add(pick(random, time.Hour, 24*time.Hour, 24*time.Hour, 7*24*time.Hour, time.Duration(random.IntN(40*24))*time.Hour))
	}
	got, err := policy.Decide(p, at, counting)
	require.NoError(t, err)
	requireAsInWords(t, p, at, counting, got, "-seed %d, policy %d", *seed, i)
}

func requireAsInWords(t *testing.T, p policy.Policy, at time.Time, counting []time.Time, got policy.Decision, where ...any) {
	t.Helper()
	want := ruleInWords(p, at, counting)
	if got.Rule != want.Name { // otherwise every call formats the policy
		require.Equal(t, want.Name, got.Rule, append([]any{"%+v at %s beside %s: " + where[0].(string), p, at, counting}, where[1:]...)...)
	}
	requireEndsInWords(t, p, want, at, got, where...)
}

func requireEndsInWords(t *testing.T, p policy.Policy, rule policy.Rule, at time.Time, got policy.Decision, where ...any) {
	t.Helper()
	archived, expires := endsInWords(p.TimeZone, rule, at)
	require.WithinDuration(t, expires, got.Expires, 0, where...)
	require.Equal(t, archived.IsZero(), got.ArchiveAt.IsZero(), where...)
	if !archived.IsZero() {
		require.WithinDuration(t, archived, got.ArchiveAt, 0, where...)
	}
}
