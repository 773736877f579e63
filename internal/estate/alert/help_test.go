package alert_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/estate/alert"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

var began = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

const interval = 10 * time.Minute

func receiver(name string, patterns ...string) instance.Notification {
	return instance.Notification{Name: name, URL: "https://contoso.vault.azure.net/secrets/" + name, Instances: patterns}
}

// watch feeds runs to a state and collects what is delivered.
type watch struct {
	t         *testing.T
	state     alert.State
	now       time.Time
	runs      int
	receivers []instance.Notification
	// removed are instances that are not in the vault any more.
	removed []string
}

func newWatch(t *testing.T, receivers ...instance.Notification) *watch {
	t.Helper()
	if len(receivers) == 0 {
		receivers = []instance.Notification{receiver("oncall")}
	}
	return &watch{t: t, now: began, receivers: receivers}
}

// vaultEstate returns an estate with problems, each "KIND" of the vault or
// "KIND INSTANCE".
func (w *watch) estateOf(problems ...string) estate.Estate {
	e := estate.Estate{At: w.now}
	names := map[string][]estate.Problem{"shop/orders": nil}
	for _, text := range problems {
		kind, about, _ := strings.Cut(text, " ")
		p := estate.Problem{
			Kind: estate.Kind(kind), Severity: estate.Critical, Instance: about, Message: "what is wrong with " + about, Remedy: "mend " + about,
		}
		if p.Kind == estate.KindDeleted {
			p.Severity = estate.Info
		}
		if about == "" {
			e.Vault.Problems = append(e.Vault.Problems, p)
			continue
		}
		names[about] = append(names[about], p)
	}
	for name, problems := range names {
		if !slices.Contains(w.removed, name) {
			e.Instances = append(e.Instances, estate.Instance{Name: name, Problems: problems})
		}
	}
	return e
}

// run feeds the next run and returns the deliveries, each as
// "STATE KIND INSTANCE".
func (w *watch) run(problems ...string) []string {
	w.t.Helper()
	return texts(w.feed(alert.RunOf(w.nextID(), w.estateOf(problems...), w.receivers)))
}

func (w *watch) nextID() string {
	w.runs++
	return fmt.Sprint("run", w.runs)
}

// feed advances the state by a run, through the forms in which both are stored.
func (w *watch) feed(run alert.Run) []alert.Delivery {
	w.t.Helper()
	run, state := stored(w.t, run), stored(w.t, w.state)
	require.NoError(w.t, run.Check())
	require.NoError(w.t, state.Check())
	before := stored(w.t, state)
	next, deliveries := alert.Next(state, run, w.now)
	require.Equal(w.t, before, state, "Next changes nothing")
	again, repeated := alert.Next(next, run, w.now)
	require.Equal(w.t, next, again)
	require.Empty(w.t, repeated, "a run counts once")
	for _, d := range deliveries {
		require.NoError(w.t, d.Input.Check())
	}
	w.state, w.now = next, w.now.Add(interval)
	return deliveries
}

// stored returns a value as it is after it was stored.
func stored[T any](t *testing.T, value T) (read T) {
	t.Helper()
	data, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &read))
	return read
}

func texts(deliveries []alert.Delivery) (all []string) {
	for _, d := range deliveries {
		a := d.Input.Alert
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s", a.State, a.Kind, a.Instance)))
	}
	return all
}

// names returns n names of instances under a prefix.
func many(problem string, n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%s%03d", problem, i))
	}
	return all
}

func isRaise(a jobs.Alert) bool { return a.State == jobs.AlertRaised || a.State == jobs.AlertDigest }
