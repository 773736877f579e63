package e2e_test

import (
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// probed is the answer to a probe.
type probed struct {
	status  int
	Failing []struct{ Part, Code string }
}

// probe requests a probe of the worker's HTTP server.
func (p *worker) probe(t *testing.T, path string) (answer probed) {
	t.Helper()
	address := monitorAddress.FindSubmatch(p.output.Bytes())
	require.NotNil(t, address)
	response, err := http.Get("http://" + string(address[1]) + path)
	require.NoError(t, err)
	defer response.Body.Close()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	answer.status = response.StatusCode
	return answer
}

func TestReadinessNamesWhatIsAway(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	var err error
	env.Temporal, err = localenv.StartTemporal(t.Context(), localenv.TemporalOptions{})
	require.NoError(t, err)
	t.Cleanup(env.Temporal.Stop)
	env.Azurite, err = localenv.StartAzurite(t.Context(), localenv.AzuriteOptions{CA: env.CA})
	require.NoError(t, err)
	t.Cleanup(env.Azurite.Stop)
	env.VaultURL, err = env.Azurite.CreateContainer(t.Context(), "vault")
	require.NoError(t, err)
	w := newWorldIn(t, env, nil)
	w.protected(t, "")
	p := w.startWorker(t)
	ready := func() bool { return p.probe(t, "/readyz").status == http.StatusOK }
	failing := func(part, code string) func() bool {
		return func() bool {
			found := p.probe(t, "/readyz")
			return found.status == http.StatusServiceUnavailable && len(found.Failing) == 1 && found.Failing[0].Part == part && found.Failing[0].Code == code
		}
	}
	require.True(t, ready())

	env.Azurite.Halt()
	eventually(t, failing("vault", "StorageUnavailable"), "the vault is away and not named")
	require.NoError(t, env.Azurite.Start(t.Context()))
	eventually(t, ready, "the worker does not become ready again")

	env.Temporal.Halt()
	eventually(t, failing("temporal", "TemporalUnavailable"), "the Temporal server is away and not named")
	require.Equal(t, http.StatusOK, p.probe(t, "/livez").status, "a restart would not help")
	require.NoError(t, env.Temporal.Start(t.Context()))
	eventually(t, ready, "the worker does not become ready again")
}

// about returns the lines of a log about an instance, as "level event step code".
func about(t *testing.T, output []byte, i instance) (told []string) {
	t.Helper()
	for _, line := range logLines(t, output) {
		if line["instance"] == i.Name {
			step, _ := line["step"].(string)
			code, _ := line["code"].(string)
			told = append(told, strings.Join(strings.Fields(strings.Join([]string{line["level"].(string), line["msg"].(string), step, code}, " ")), " "))
		}
	}
	return told
}

// One line for each end of a step and of a job, and no error twice.
func TestTheLogOfABackupAndOfAFailedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.startWorker(t)
	i, broken := w.protected(t, "CREATE TABLE t (i int)"), w.protected(t, "")
	w.backup(t, i)
	steps := []string{"Plan", "FetchSecret", "Validate", "Dump", "DumpRoles", "Verify", "Commit", "RecordJob"}
	var want []string
	for _, step := range steps {
		want = append(want, "info step done "+step)
	}
	ended := func(i instance, last string) func() bool {
		return func() bool {
			told := about(t, p.output.Bytes(), i)
			return len(told) > 0 && strings.HasPrefix(told[len(told)-1], last)
		}
	}
	eventually(t, ended(i, "info job completed"), "the log has no end of the job")
	require.Equal(t, append(want, "info job completed"), about(t, p.output.Bytes(), i))

	w.env.Azure.KeyVault.SetSecret(broken.secretName(), w.env.Postgres.URI("no_such_database", "postgres", password()))
	w.failing(t, "UserErrorDBUserAuthFailed", "backup", broken.Name, "--wait")
	eventually(t, ended(broken, "warn job failed"), "the log has no end of the job")
	require.Equal(t, []string{
		"info step done Plan", "info step done FetchSecret", "warn step failed Validate UserErrorDBUserAuthFailed",
		"info step done RecordJob", "warn job failed UserErrorDBUserAuthFailed",
	}, about(t, p.output.Bytes(), broken))
	require.Equal(t, 1, strings.Count(string(p.output.Bytes()), "password authentication failed"), "an error is logged once")

	metrics := p.get(t, "/metrics")
	require.Contains(t, metrics, `pgvault_jobs_total{code="",operation="Backup",outcome="completed"} 1`)
	require.Contains(t, metrics, `pgvault_jobs_total{code="UserErrorDBUserAuthFailed",operation="Backup",outcome="failed"} 1`)
	require.Contains(t, metrics, `service_name="pgvault-worker"`)
	require.Contains(t, metrics, `pgvault_build_info{go="go1.`)
}

// The queries of docs/OPERATIONS.md have one row for each backup, and the failed
// one.
func TestOneRowForEachBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.startWorker(t)
	i, broken := w.protected(t, "CREATE TABLE t (i int)"), w.protected(t, "")
	w.env.Azure.KeyVault.SetSecret(broken.secretName(), w.env.Postgres.URI("no_such_database", "postgres", password()))
	w.backup(t, i)
	w.backup(t, i)
	w.failing(t, "UserErrorDBUserAuthFailed", "backup", broken.Name, "--wait")
	for query, rows := range map[string]int64{
		"PgvaultOperation = 'Backup'":                                          3,
		"PgvaultOperation = 'Backup' AND PgvaultOutcome = 'failed'":            1,
		"PgvaultOperation = 'BackupRun' AND PgvaultOutcome = 'completed'":      2,
		"PgvaultErrorCode STARTS_WITH 'UserError' AND WorkflowType = 'Backup'": 1,
	} {
		eventually(t, func() bool {
			counted, err := w.temporal.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Namespace: w.namespace, Query: query})
			require.NoError(t, err)
			return counted.GetCount() == rows
		}, "the query has other rows: %s", query)
	}
}

// A workflow that was terminated tells nothing: its parent does.
func TestTheLogOfATerminatedBackup(t *testing.T) {
	t.Parallel()
	env := localenvtest.Env(t)
	proxy := gate(t, env)
	w := newWorldIn(t, env, map[string]string{"PGVAULT_VAULT": proxy.URL + "/" + path.Base(env.VaultURL)})
	p := w.startWorker(t)
	i := w.protected(t, bulk(8))
	held, release := hold(t, proxy, stagedAfter(i, 0))
	id := w.start(t, "backup", i.Name)
	await(t, held, p)
	require.NoError(t, w.temporal.TerminateWorkflow(t.Context(), i.workID(), "", "for the test"))
	release()
	require.Error(t, w.awaitEnd(t, id))
	eventually(t, func() bool {
		for _, line := range about(t, p.output.Bytes(), i) {
			if line == "info job cancelled" {
				return true
			}
		}
		return false
	}, "the log has no end of the job")
	require.Equal(t, "cancelled", w.attributes(t, id)["PgvaultOutcome"])
}
