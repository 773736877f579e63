package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// There is no other worker. Each kind of job reports why its steps are not
// done, whatever their time limits are.
func TestAWorkerWhoseClockIsOff(t *testing.T) {
	t.Parallel()
	for name, ahead := range map[string]time.Duration{"ahead by days": 3 * 24 * time.Hour, "behind by minutes": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, proxy := newGatedWorld(t)
			i := w.protected(t, "")
			w.waitsForSeconds(t)
			shiftStorage(proxy, ahead)
			w.startWorker(t, "TEMPORAL_ADDRESS="+shiftTemporal(t, w, ahead))
			jobs := [][]string{
				{"backup", i.Name}, {"sweep"}, {"verify", i.Name},
				{"restore", i.Name, "--to-server", w.server(), "--to-database", "never", "--secret", i.Secret},
			}
			w.failing(t, "ClockSkew", "validate", i.Name)
			var ids []string
			for _, job := range jobs {
				ids = append(ids, w.start(t, job...))
			}
			for n, id := range ids {
				require.Error(t, w.awaitEnd(t, id), jobs[n])
				require.Equal(t, "ClockSkew", w.attributes(t, id)["PgvaultErrorCode"], jobs[n])
				work := id
				if jobs[n][0] == "backup" {
					work = i.workID()
				}
				require.Regexp(t, `\*\*failed\*\* .*ClockSkew: .* the Temporal server's 20\S+; the storage's says 20\S+: the worker's clock is `, w.card(t, work), jobs[n])
			}
		})
	}
}

// The command lists the backups of the Sundays that have passed by the
// storage's clock.
func TestACommandOnAMachineWhoseClockIsOff(t *testing.T) {
	t.Parallel()
	w, proxy := newGatedWorld(t)
	i := w.protected(t, "")
	require.NotContains(t, w.ok(t, "jobs", "--instance", i.Name), "missed")
	shiftStorage(proxy, -10*24*time.Hour)
	for _, command := range []string{"jobs", "points"} {
		r := w.pgvault(t, command)
		require.Zero(t, r.Code, r.Stderr)
		require.Regexp(t, `this machine's clock says 20\S+, and that of the storage 20\S+: this machine's is 10 days behind`, r.Stderr)
		require.Equal(t, command == "jobs", strings.Contains(r.Stdout, "missed"), r.Stdout)
	}
}

// waitsForSeconds sets a patience shorter than `pgvault apply` allows.
func (w *world) waitsForSeconds(t *testing.T) {
	t.Helper()
	settings := w.document(t, "vault.json")
	settings["patience"] = "5s"
	encoded, err := json.Marshal(settings)
	require.NoError(t, err)
	w.put(t, "vault.json", encoded, nil)
}

func shiftTemporal(t *testing.T, w *world, ahead time.Duration) (address string) {
	t.Helper()
	shifted, err := localenv.ShiftTemporal(w.env.Temporal.Address, ahead)
	require.NoError(t, err)
	t.Cleanup(shifted.Stop)
	return shifted.Address
}

// shiftStorage changes the time in the storage's answers.
func shiftStorage(proxy *localenv.Proxy, ahead time.Duration) {
	asked := func(r *http.Request) bool {
		return r.Method == http.MethodGet && r.URL.Query().Get("restype") == "container" && !r.URL.Query().Has("comp")
	}
	proxy.Answer(-1, asked, func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Date", time.Now().Add(-ahead).UTC().Format(http.TimeFormat))
	})
}
