package activities_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/activities"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/temporalx"
)

// Activities run with inputs that name something of another job. Their vault,
// sources and containers are nil, so that an activity that started would panic.
func TestForgedInputIsRefused(t *testing.T) {
	t.Parallel()
	c := dial(t)
	w := worker.New(c, "steps", worker.Options{Interceptors: []interceptor.WorkerInterceptor{
		temporalx.NewErrorInterceptor(), activities.NewInputInterceptor(),
	}})
	for _, role := range []any{&activities.Backup{}, &activities.Restore{}, &activities.Prune{}, &activities.Delivery{}, &activities.Jobs{}} {
		w.RegisterActivity(role)
	}
	w.RegisterWorkflowWithOptions(func(ctx workflow.Context, name string, input json.RawMessage) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute, HeartbeatTimeout: 30 * time.Second})
		return workflow.ExecuteActivity(ctx, name, input).Get(ctx, nil)
	}, workflow.RegisterOptions{Name: "Forged"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)

	const (
		point    = `{"instance": "shop/orders", "point": "20260301T020000Z-0a1b2c3d"`
		other    = `"job": {"id": "restore/shop/orders/1", "runID": "1"}`
		restored = `"point": ` + point + `}, "target": {"server": {"host": "db.example.com"}, "database": "d"}`
		plan     = `"instance": {"name": "shop/orders"}, "point": "20260301T020000Z-0a1b2c3d", "job": {"id": "backup/shop/orders", "runID": "1"}`
	)
	for name, forged := range map[string]struct{ workflow, activity, input, message string }{
		"a plan outside a backup":                 {"x", "DiscardAttempt", `{` + plan + `}`, `its own workflow is "x"`},
		"a point of another run":                  {"backup-run/shop/orders", "DiscardAttempt", `{` + plan + `}`, "which its own workflow does not make"},
		"a dump of another run":                   {"backup-run/shop/orders", "Dump", `{` + plan + `}`, "which its own workflow does not make"},
		"a plan of no parent":                     {"x", "Plan", `{"instance": "shop/orders", "job": {"id": "backup/shop/orders", "runID": "1"}}`, `it names job "backup/shop/orders"`},
		"a name that leaves its folder":           {"x", "Inspect", `{"instance": "shop/../../vault"}`, "cannot name an instance"},
		"a point that leaves its folder":          {"x", "LockPoint", `{"instance": "shop/orders", "point": "../x"}`, `field "point" cannot be "../x"`},
		"a record without a number":               {"x", "LockProof", `{"instance": "shop/orders", "sequence": 0}`, `field "sequence" cannot be 0`},
		"another's hold":                          {"x", "ReleaseHold", `{"point": ` + point + `}, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a hold for another":                      {"x", "Hold", `{"point": ` + point + `}, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"another's copy":                          {"x", "CancelRehydration", `{"point": ` + point + `}, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a copy for another":                      {"x", "Rehydrate", `{"point": ` + point + `}, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a deletion in another's name":            {"x", "DeletePoint", point + `, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a return in another's name":              {"x", "UndeletePoint", point + `, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a stop in another's name":                {"x", "SetProtection", `{"instance": "shop/orders", "state": "protected", ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a state that does not exist":             {"x", "SetProtection", `{"instance": "shop/orders", "state": "none", ` + other + `}`, `no state of protection "none"`},
		"a deletion of all":                       {"x", "DeleteData", `{"instance": "shop/orders", "state": "protected", ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a new policy":                            {"x", "Reapply", `{"instance": "shop/orders", ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a sweep":                                 {"x", "SweepPages", `{"pages": 1, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"a message without alert":                 {"x", "Deliver", `{"notification": "oncall", "url": "https://contoso.vault.azure.net/secrets/a"}`, `field "alert.id" is invalid`},
		"an address in the input":                 {"x", "Deliver", `{"notification": "oncall", "url": "https://hooks.example.com/a"}`, "url: it is not the URL"},
		"a sweep of no pages":                     {"x", "SweepPages", `{"pages": 0, ` + other + `}`, "a stretch of 0 pages"},
		"a record of another job":                 {"x", "RecordJob", `{"id": "backup/shop/orders", "operation": "Restore"}`, `it names job "backup/shop/orders"`},
		"a record of another backup":              {"x", "RecordJob", `{"id": "backup/shop/orders", "operation": "Backup"}`, `it names job "backup/shop/orders"`},
		"a scrub that has read less than nothing": {"x", "PlanScrub", `{"read": -1, "limit": 1}`, "a plan of 1 points, after -1 bytes"},
		"a read-back of another job":              {"x", "VerifyPoint", point + `, ` + other + `}`, `it names job "restore/shop/orders/1"`},
		"files from elsewhere": {"x", "CopyFiles", `{"point": ` + point + `, "from": {"blob": "vault.json"}}, "container": "https://a.blob.core.windows.net/c"}`,
			`it names blob "vault.json"`},
		"a database from elsewhere": {"x", "RestoreDatabase", `{"point": ` + point + `, "from": {"blob": "instances/x/points/y/dump-1.dump"}}, "target": {"database": "d"}}`,
			`it names blob "instances/x/points/y/dump-1.dump"`},
		"a database of no server":           {"x", "DropTarget", `{"point": ` + point + `}, "target": {"container": "https://a.blob.core.windows.net/c"}}`, "target has no server"},
		"a move into no existing database":  {"x", "MoveTables", `{"work": {` + restored + `}}`, "target is no existing database"},
		"keys of no existing database":      {"x", "CheckKeys", `{"work": {` + restored + `}}`, "target is no existing database"},
		"a table in the schemas of a job":   {"x", "MoveTables", `{"work": {"point": ` + point + `}, "target": {"server": {"host": "db.example.com"}, "database": "d", "tables": ["t"], "into": {"schema": "pgvault_rescue_x"}}}}`, "dropped with its job"},
		"tables that are loaded as no name": {"x", "RestoreDatabase", `{"point": ` + point + `}, "target": {"server": {"host": "db.example.com"}, "database": "d", "tables": ["t"], "into": {"as": "t"}}}`, "with its schema"},
		"rows without a drill":              {"x", "CompareRows", `{` + restored + `}`, "names no scratch server"},
		"definitions without a drill":       {"x", "CompareDefinitions", `{` + restored + `}`, "names no scratch server"},
		"checks without a drill":            {"x", "RunChecks", `{` + restored + `}`, "names no scratch server"},
		"amcheck without a drill":           {"x", "AMCheck", `{` + restored + `}`, "names no scratch server"},
		"a record without a drill":          {"x", "RecordDrill", `{"work": {` + restored + `}, ` + other + `}`, "names no scratch server"},
		"files to no container":             {"x", "CheckContainer", `{"container": "http://169.254.169.254/metadata"}`, `field "target.container"`},
	} {
		t.Run(name, func(t *testing.T) {
			run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: forged.workflow, TaskQueue: "steps"}, "Forged", forged.activity, json.RawMessage(forged.input))
			require.NoError(t, err)
			err = run.Get(t.Context(), nil)
			require.ErrorContains(t, err, forged.message)
			require.Equal(t, failure.InvalidInput, temporalx.Failure(err).Code)
		})
	}
}
