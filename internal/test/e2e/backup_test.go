package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	printed "github.com/pgvault/pgvault/starter/cli/document"
)

// The main path: a database is backed up and restored under another name,
// unchanged.
func TestBackupAndRestoreBesideTheOriginal(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.rich(t)
	plain := path.Base(i.Name)
	before := w.asText(t, i.Database, withItself)

	point := w.backup(t, i)
	require.Equal(t, []string{point}, w.points(t, i))
	require.Contains(t, w.ok(t, "points", i.Name), point)

	// Checked before the restores, which put holds beside the point's files.
	w.checkRichManifest(t, i, point)

	t.Run("as database", func(t *testing.T) {
		t.Parallel()
		target := `Copy of "` + i.Name + `"`
		out := w.restore(t, i, w.administrator(t), target)
		require.Contains(t, out, point)
		sameLines(t, before, w.asText(t, target, withItself))
	})
	t.Run("without owners and grants", func(t *testing.T) {
		t.Parallel()
		target := "bare_" + plain
		w.restore(t, i, w.administrator(t), target, "--owners", "omit", "--grants", "omit", "--point", point)
		bare := strings.Join(w.asText(t, target, withItself), "")
		require.NotContains(t, bare, "\nGRANT ")
		require.NotContains(t, bare, `OWNER TO "owner_`)
		require.Contains(t, bare, `SET "work_mem" TO '7MB'`)
		require.Equal(t, "60000", w.query(t, target, `SELECT count(*)::text FROM "Odd Schema".orders`))
	})
	t.Run("as files", func(t *testing.T) {
		t.Parallel()
		w.restoresFiles(t, i, point)
	})
	t.Run("with stock tools", func(t *testing.T) {
		t.Parallel()
		w.restoresByHand(t, i, point)
	})
}

func (w *world) restoresFiles(t *testing.T, i instance, point string) {
	there := w.elsewhere(t)
	container := there.env.VaultURL
	out := w.ok(t, "restore", i.Name, "--to-container", container, "--prefix", "from/"+point+"/", "--wait")
	files := there.blobs(t, "")
	require.Len(t, files, 6, "dump, block list, fingerprints, roles, manifest and its signed copy")
	originals := map[string]string{}
	for _, name := range w.blobs(t, pointsOf(i)+point+"/") {
		if strings.Contains(name, "/hold-") {
			continue // of a restore that another test may have ended meanwhile
		}
		originals[hash(w.download(t.Context(), t, name))] = name
	}
	for _, name := range files {
		require.True(t, strings.HasPrefix(name, "from/"+point+"/"), name)
		require.Contains(t, out, name)
		require.Contains(t, originals, hash(there.download(t.Context(), t, name)), "file %s is none of the point's", name)
	}
	// Nothing is overwritten, and a repetition is harmless.
	w.ok(t, "restore", i.Name, "--to-container", container, "--prefix", "from/"+point+"/", "--wait")
	require.Equal(t, files, there.blobs(t, ""))
}

// restoresByHand restores with the container's files and PostgreSQL's own
// tools.
func (w *world) restoresByHand(t *testing.T, i instance, point string) {
	m := w.manifest(t, i, point)
	dump := w.download(t.Context(), t, m.at(t, "dump.blob"))
	require.Equal(t, m.at(t, "dump.sha256"), hash(dump))

	list := w.stock(t, "postgres", "pg_restore", "--list")
	list.Stdin = strings.NewReader(string(dump))
	toc, err := list.Output()
	require.NoError(t, err)
	require.Contains(t, string(toc), "TABLE DATA Odd Schema orders_eu")

	target := "by_hand_" + path.Base(i.Name)
	w.dropLater(t, target)
	w.exec(t, "postgres", "CREATE DATABASE "+quote(target)+" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-kn-true' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
	restore := w.stock(t, "postgres", "pg_restore", "--exit-on-error", "--dbname="+target)
	restore.Stdin = strings.NewReader(string(dump))
	out, err := restore.CombinedOutput()
	require.NoError(t, err, "%s", out)
	// The archive lacks the database's own properties, which the manifest has.
	sameLines(t, w.asText(t, i.Database), w.asText(t, target))

	roles := string(w.download(t.Context(), t, m.at(t, "roles.blob")))
	require.Contains(t, roles, quote("owner_"+path.Base(i.Name)))
	require.NotContains(t, roles, "PASSWORD")
}

func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// The history and the UI of a backup are readable.
func TestJobReadsWellInTemporal(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "CREATE TABLE orders AS SELECT generate_series(1, 1000) AS id")
	r := w.pgvault(t, "backup", i.Name, "--wait")
	require.Zero(t, r.Code, r.Stderr)
	id, point := jobID(t, r), pointID.FindString(r.Stdout)
	work := "backup-run/" + i.Name

	require.Equal(t, map[string]string{
		"PgvaultInstance": i.Name, "PgvaultDatabase": i.Database, "PgvaultOperation": "BackupRun", "PgvaultPoint": point, "PgvaultOutcome": "completed",
	}, w.attributes(t, work))
	attributes := w.attributes(t, id)
	require.Equal(t, i.Name, attributes["PgvaultInstance"])
	require.Equal(t, "Backup", attributes["PgvaultOperation"])
	require.Equal(t, point, attributes["PgvaultPoint"])

	for _, job := range []string{id, work} {
		told := w.described(t, job).GetExecutionConfig().GetUserMetadata()
		require.Contains(t, decoded(t, told.GetSummary()), i.Name)
		require.NotEmpty(t, decoded(t, told.GetDetails()))
	}
	var names []string
	for _, step := range w.steps(t, id) {
		names = append(names, step.Name)
		require.NotEmpty(t, step.Summary, "the step %s has no summary", step.Name)
		require.EqualValues(t, 1, step.Attempt, step.Name)
	}
	require.Equal(t, []string{"Plan", "FetchSecret", "Validate", "Dump", "DumpRoles", "Verify", "Commit", "RecordJob"}, names)

	card := w.card(t, work)
	require.Contains(t, card, "| Backup of "+i.Name+" | state | took |")
	for _, step := range []string{"plan", "fetch secret", "validate", "dump", "roles", "verify", "commit"} {
		require.Regexp(t, `\| `+step+` \| done \|`, card)
	}
	require.Contains(t, w.card(t, id), work)
}

// The vault has the record of a job when Temporal no longer does.
func TestJobsAreListedAndRecorded(t *testing.T) {
	t.Parallel()
	w := sharedWorld(t)
	i := w.protected(t, "")
	r := w.pgvault(t, "backup", i.Name, "--wait")
	require.Zero(t, r.Code, r.Stderr)
	id := jobID(t, r)
	failed := jobID(t, w.pgvault(t, "backup", i.Name, "--retention-rule", "Yearly", "--wait"))

	require.Eventually(t, func() bool {
		return strings.Contains(w.ok(t, "jobs", "--instance", i.Name), id)
	}, patience, 100*time.Millisecond, "Temporal's listing is late by a moment, not by more")
	var listed printed.Jobs
	require.NoError(t, json.Unmarshal([]byte(w.ok(t, "jobs", "--instance", i.Name, "-o", "json")), &listed))
	require.Len(t, listed.Jobs, 2)
	require.Eventually(t, func() bool {
		out := w.ok(t, "jobs", "--instance", i.Name, "--failed")
		return strings.Contains(out, failed) && strings.Contains(out, "UserErrorRetentionRuleNotFound") && !strings.Contains(out, id)
	}, patience, 100*time.Millisecond)

	records := map[string]document{}
	for _, blob := range w.blobs(t, "jobs/") {
		if d := w.document(t, blob); d["instance"] == i.Name {
			records[d.at(t, "id")] = d
			require.Regexp(t, `^jobs/\d{4}/\d{2}/.+\.json$`, blob)
		}
	}
	require.Len(t, records, 2)
	require.Equal(t, "completed", records[id].at(t, "outcome"))
	require.Equal(t, "Backup", records[id].at(t, "operation"))
	require.Equal(t, w.points(t, i)[0], records[id].at(t, "point"))
	require.Equal(t, "on-demand", records[id].at(t, "trigger"))
	require.NotEmpty(t, records[id].at(t, "identity"))
	require.Equal(t, "failed", records[failed].at(t, "outcome"))
	require.Equal(t, "UserErrorRetentionRuleNotFound", records[failed].at(t, "code"))
	require.Contains(t, records[failed].at(t, "message"), "Yearly")
}
