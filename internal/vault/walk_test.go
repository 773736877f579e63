package vault_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/vault"
)

// walk goes from cursor to cursor, each of which has been JSON in between.
func (b bundle) walk(t *testing.T, pages int, size int32) (found []string) {
	t.Helper()
	var cursor vault.Cursor
	for stretches := 0; !cursor.Done; stretches++ {
		require.Less(t, stretches, 1000)
		next, err := b.Walk(t.Context(), cursor, pages, size, func(e vault.Entry) error {
			found = append(found, fmt.Sprintf("%s %s good=%t %s", e.Point.Instance, e.Point.ID, e.Point.Good, e.Protection))
			return nil
		})
		require.NoError(t, err)
		kept, err := json.Marshal(next)
		require.NoError(t, err)
		require.Less(t, len(kept), 2000)
		cursor = vault.Cursor{}
		require.NoError(t, json.Unmarshal(kept, &cursor))
	}
	return found
}

// Whatever the pages cut, a walk returns each point of each instance once, whole
// and in order, and knows the state of the instance.
func TestWalk(t *testing.T) {
	t.Parallel()
	b := setup(t)
	require.Empty(t, b.walk(t, 1, 0), "an empty vault")
	var want []string
	// Names may nest, and some sort between a folder and what is in it.
	for _, name := range []string{"shop-old", "shop", "shop/a", "shop/orders", "shop/zoo", "zebra"} {
		_, err := b.PutInstance(t.Context(), instance.Instance{Name: name})
		require.NoError(t, err)
		state := ""
		if name == "shop" || name == "zebra" {
			state = string(vault.RetainForever)
			require.NoError(t, b.SetProtection(t.Context(), name, vault.Protection{State: vault.RetainForever, At: scheduled}))
		}
		for n := range 3 {
			m := b.point(t, name, scheduled.Add(time.Duration(n)*time.Hour))
			want = append(want, fmt.Sprintf("%s %s good=true %s", name, m.PointID, state))
		}
	}
	b.point(t, "unknown", scheduled)
	for _, c := range []struct {
		pages int
		size  int32
	}{{1, 0}, {1000, 1}, {1, 1}, {1, 2}, {2, 3}, {1, 5}, {3, 7}, {1, 11}} {
		found := b.walk(t, c.pages, c.size)
		require.ElementsMatch(t, want, found, "%+v", c)
		perInstance := map[string]string{}
		last := ""
		for _, line := range found {
			name, rest, _ := strings.Cut(line, " ")
			require.Less(t, perInstance[name], rest, "oldest first")
			if name != last {
				require.Empty(t, perInstance[name], "an instance's points come together")
			}
			perInstance[name], last = rest, name
		}
	}
}

// A point that a page has cut is listed again, and read once all the same.
func TestAWalkReadsAPointOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.PutInstance(t.Context(), instance.Instance{Name: orders})
	require.NoError(t, err)
	m := b.point(t, orders, scheduled)
	require.NoError(t, b.Hold(t.Context(), orders, m.PointID, "restore/1"))
	for pages := 1; pages < 7; pages++ {
		var holds []string
		for cursor := (vault.Cursor{}); !cursor.Done; {
			cursor, err = b.Walk(t.Context(), cursor, pages, 1, func(e vault.Entry) error {
				holds = append(holds, e.Point.Holds...)
				return nil
			})
			require.NoError(t, err)
		}
		require.Equal(t, []string{"restore/1"}, holds, "%d pages", pages)
	}
}

func TestProtectionThatCannotBeReadKeepsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, err := b.GetProtection(t.Context(), orders)
	require.NoError(t, err)
	require.False(t, p.Stopped())
	_, err = b.container.Put(t.Context(), "instances/"+orders+"/instance-protection.json", []byte("{}"), nil)
	require.NoError(t, err)
	p, err = b.GetProtection(t.Context(), orders)
	require.NoError(t, err)
	require.Equal(t, vault.RetainForever, p.State)
}

func TestRetentionBesideThePointCounts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	m := b.point(t, orders, scheduled)
	want := vault.Retention{Policy: "monthly", Rule: "Monthly", Expires: scheduled.AddDate(1, 0, 0), At: scheduled, Job: "reapply/1"}
	require.NoError(t, b.SetRetention(t.Context(), orders, m.PointID, want))
	point, err := b.GetPoint(t.Context(), orders, m.PointID)
	require.NoError(t, err)
	require.Equal(t, want.Expires, point.Expires)
	require.True(t, point.ArchiveAt.IsZero(), "the manifest's does not count any more")
	require.Equal(t, "Monthly", point.Rule)
	require.True(t, point.Good)
	_, err = b.container.Put(t.Context(), "instances/"+orders+"/points/"+m.PointID+"/retention.json", []byte("{}"), nil)
	require.NoError(t, err)
	point, err = b.GetPoint(t.Context(), orders, m.PointID)
	require.NoError(t, err)
	require.True(t, point.Expires.IsZero(), "what cannot be read lets nothing go")
}
