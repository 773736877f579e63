package cli_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/vault"
	"github.com/pgvault/pgvault/starter/cli"
	"github.com/pgvault/pgvault/starter/cli/document"
	"github.com/pgvault/pgvault/starter/cli/document/documenttest"
)

// saturday is the time of the estates below.
var saturday = time.Date(2026, 11, 28, 11, 30, 0, 0, time.UTC)

// badDay is an estate in which each field has a value: a good instance, one whose
// backups fail and retry, one that was stopped, one that never had a backup, and one
// without a schedule.
func badDay(t *testing.T) estate.Estate {
	t.Helper()
	night := saturday.Truncate(24 * time.Hour).Add(2 * time.Hour)
	listed := func(name string, nights ...int) estate.Listed {
		l := estate.Listed{
			Instance: instance.Instance{Name: name, Database: "orders", Server: instance.Server{Host: "db.example.com"}, Policy: policy.Policy{
				Name: "nightly", Schedules: []policy.Schedule{policy.Schedule{Times: []policy.TimeOfDay{{Hour: 2}}}.WithDefaults()},
			}},
			Since: saturday.AddDate(0, 0, -10), Changed: saturday.AddDate(0, 0, -10), Protection: vault.Protection{State: vault.Protected},
		}
		for _, n := range nights {
			at := night.AddDate(0, 0, -n)
			l.Points = append(l.Points, estate.PointOf(vault.Point{
				ID: vault.PointID(at, "0a1b2c3d"), Time: at, Committed: true, Good: true, Tier: "Hot", Stored: at.Add(20 * time.Minute),
				Summary: vault.Summary{Taken: at, DumpSize: 3 << 30},
			}))
		}
		return l
	}
	drill := &instance.Drill{KeepFor: policy.Duration{Days: 90}, Schedule: &policy.Schedule{Times: []policy.TimeOfDay{{Hour: 6}}, Days: []policy.Weekday{0}}}
	proven := func(l *estate.Listed, sequence, daysAgo int, verdict proof.Verdict, took time.Duration) {
		l.Instance.Drill = drill
		l.Proofs.Add(vault.ListedProof{Instance: l.Instance.Name, Sequence: sequence, ProofSummary: vault.ProofSummary{
			Point: vault.PointID(night.AddDate(0, 0, -daysAgo), "0a1b2c3d"), Verdict: verdict, RecordedAt: night.AddDate(0, 0, -daysAgo), Restore: took,
		}})
	}
	good, failing, stopped, never := listed("shop/good", 1, 0), listed("shop/failing", 4, 3, 2), listed("shop/stopped", 9), listed("shop/never")
	unscheduled := listed("shop/unscheduled", 0)
	good.Points[0].Deleted = &vault.Tombstone{At: saturday.Add(-time.Hour), Until: saturday.AddDate(0, 0, 14), Identity: "eve@example.com", Reason: "a mistake"}
	stopped.Points[0].Deleted = &vault.Tombstone{At: saturday.Add(-time.Hour), BySweep: true}
	failing.Points[1].Restorable, failing.Points[1].Good, failing.Points[1].Damaged = false, false, true
	stopped.Protection = vault.Protection{State: vault.RetainForever, At: saturday.AddDate(0, 0, -8), Identity: "ann@example.com", Reason: "moved"}
	proven(&good, 1, 20, proof.Proven, 100*time.Second)
	proven(&good, 2, 13, proof.Partly, 102*time.Second)
	proven(&good, 3, 6, proof.Failed, 0)
	proven(&failing, 1, 100, proof.Proven, 90*time.Minute)
	proven(&failing, 2, 7, proof.Proven, 95*time.Minute)
	failing.Proofs.Doubt = "record proofs/shop/failing/00000002.json: its signature does not hold"
	good.Scrub = &scrub.Coverage{Points: 2, Bytes: 6 << 30, ReadPoints: 1, ReadBytes: 3 << 30, Never: 1, Oldest: night.AddDate(0, 0, -1)}
	failing.Scrub = &scrub.Coverage{Points: 1, Bytes: 3 << 30, ReadPoints: 1, ReadBytes: 3 << 30, Oldest: night.AddDate(0, 0, -3)}
	failed := jobs.Record{
		ID: "backup/shop/failing-2026-11-27T02:00:00Z", Operation: jobs.TypeBackup, Instance: "shop/failing", Outcome: jobs.Failed,
		Ended: night.AddDate(0, 0, -1).Add(time.Minute), Code: "UserErrorInvalidSecret", Message: "the secret has \x1b[31m no password",
	}
	e, err := estate.Compute(estate.Input{
		Now: saturday, Container: "https://acct.blob.core.windows.net/vault", Sweep: policy.Schedule{Times: []policy.TimeOfDay{{Hour: 5}}}.WithDefaults(),
		Instances: []estate.Listed{good, failing, stopped, never, unscheduled},
		Schedules: map[string]estate.Schedule{
			jobs.SweepSchedule: {Paused: true, Note: "paused by the server"}, "backup/shop/good": {Next: night.AddDate(0, 0, 1)}, "drill/shop/good": {Next: night.AddDate(0, 0, 1).Add(4 * time.Hour)},
			"backup/shop/failing": {Next: night.AddDate(0, 0, 1)}, "backup/shop/never": {Paused: true, Note: "maintenance"},
		},
		Records: []jobs.Record{failed, {
			ID: "drill/shop/good", Operation: jobs.TypeDrill, Instance: "shop/good", Outcome: jobs.Failed, Ended: night.AddDate(0, 0, -6), Code: "UserErrorServer", Message: "the scratch server is away",
		}, {ID: "sweep/1", Operation: jobs.TypeRetentionSweep, Outcome: jobs.Failed, Ended: saturday.Add(-6 * time.Hour), Code: "InternalError", Message: "it broke"}},
		Running: map[string]estate.Running{"shop/failing": {
			Job: "backup/shop/failing-2026-11-28T02:00:00Z", RunID: "r", Started: night, Step: "FetchSecret", Phase: "waiting for the Key Vault", Attempt: 3, LastError: "no answer",
		}},
		Safety: estate.Safety{SoftDeleteUnseen: true, Shortfall: "storage account acct keeps no versions", Remedy: "az storage account blob-service-properties update"},
		Idle:   []string{"prune"}, Trust: map[string][]string{"aaaa": {"1@a"}, "bbbb": {"2@b"}}, Undelivered: 2, Unseen: []string{"something\nwith a second line"},
	})
	require.NoError(t, err)
	return e
}

func TestStatusTable(t *testing.T) {
	t.Parallel()
	for name, print := range map[string]func(*cli.App, estate.Estate) error{
		"status.txt":           cli.PrintEstate,
		"status-instances.txt": cli.PrintInstances,
	} {
		var out bytes.Buffer
		require.NoError(t, print(&cli.App{Out: &out, Err: &out}, badDay(t)))
		golden(t, name, out.String())
	}
}

// TestColoursAreForTerminals: a colour frames a line whose text has none.
func TestColoursAreForTerminals(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, cli.PrintEstate(&cli.App{Out: &out, Err: &out, Colour: true}, badDay(t)))
	coloured := 0
	for line := range strings.Lines(out.String()) {
		if n := strings.Count(line, "\x1b"); n > 0 {
			require.Equal(t, 2, n, "%q", line)
			require.True(t, strings.HasPrefix(line, "\x1b[3") && strings.HasSuffix(line, "\x1b[0m\n"), "%q", line)
			coloured++
		}
	}
	require.Greater(t, coloured, 5)
}

// TestStatusSchema compares the JSON with its documented schema, for an estate in
// which each field of the Go types has a value.
func TestStatusSchema(t *testing.T) {
	t.Parallel()
	swept, err := estate.Compute(estate.Input{Now: saturday, Safety: estate.Safety{Versions: true, SoftDeleteDays: 14},
		Schedules: map[string]estate.Schedule{jobs.SweepSchedule: {Next: saturday.Add(time.Hour)}}, Records: []jobs.Record{{
			Operation: jobs.TypeRetentionSweep, Outcome: jobs.Completed, Ended: saturday.Add(-time.Hour), Code: string(failure.MassDeletion), Message: "it stopped",
		}}})
	require.NoError(t, err)
	full := map[string]bool{}
	for _, e := range []estate.Estate{swept, badDay(t)} {
		note(reflect.ValueOf(e), full)
		text, err := document.Encode(document.StatusOf(e))
		require.NoError(t, err)
		requireSchema(t, "status", text)
	}
	for field, hasValue := range full {
		require.True(t, hasValue, "no estate of the test has a value in %s", field)
	}
}

// requireSchema checks a document against docs/schemas.
func requireSchema(t *testing.T, name string, text []byte) {
	t.Helper()
	require.NoError(t, documenttest.Validate(documenttest.Path(name), text), "%s", text)
}

// note notes which fields of the estate's types have a value anywhere.
func note(v reflect.Value, full map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			note(v.Elem(), full)
		}
	case reflect.Slice:
		for i := range v.Len() {
			note(v.Index(i), full)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			field := v.Type().Name() + "." + v.Type().Field(i).Name
			full[field] = full[field] || !v.Field(i).IsZero()
			note(v.Field(i), full)
		}
	}
}
