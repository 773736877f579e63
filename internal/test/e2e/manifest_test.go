package e2e_test

import (
	"encoding/json"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// checkRichManifest looks for all that a person needs ten years from now.
func (w *world) checkRichManifest(t *testing.T, i instance, point string) {
	m, plain := w.manifest(t, i, point), path.Base(i.Name)
	version := w.query(t, "postgres", "SELECT split_part(current_setting('server_version'), ' ', 1)")
	major, _, _ := strings.Cut(version, ".")
	for where, want := range map[string]string{
		"formatVersion": "1", "instance": i.Name, "pointID": point,
		"job.trigger": "on-demand",
		"server.host": i.Host, "server.port": strconv.Itoa(i.Port), "server.version": version, "server.major": major,
		"signIn.kind": "key-vault", "signIn.secretURL": i.Secret, "signIn.user": "backup_" + plain,
		"signIn.secretVersion": w.env.Azure.KeyVault.Version(path.Base(i.Secret)),
		"database.name":        i.Database, "database.encoding": "UTF8", "database.collate": "C", "database.ctype": "C.UTF-8",
		"database.localeProvider": "icu", "database.icuLocale": "de-u-kn-true", "database.owner": "owner_" + plain,
		"database.comment": `it's the "shop" — groß`, "database.connectionLimit": "77",
		"database.allowConnections": "true", "database.aclIsDefault": "false", "database.tablespace": "pg_default",
		"database.schemas": "2", "database.tables": "5", "database.sequences": "2", "database.largeObjects": "2",
		"tool.name": "pg_dump", "tool.version": version, "tool.major": major, "tool.format": "custom",
		"retention.policy": "nightly", "retention.rule": "Default", "retention.keep": "30d",
		"toc.tableData": "4", "toc.extensions": "0", "toc.largeObjects": "2", "toc.functions": "1",
	} {
		require.Equal(t, want, m.at(t, where), where)
	}
	for where, form := range map[string]string{
		"pgvaultVersion": `.`, "job.workflowID": `^backup/` + i.Name + `/`, "job.runID": `^[0-9a-f-]{36}$`, "job.identity": `@`,
		"tool.archiveVersion": `^\d+\.\d+`, "tool.compression": `.`, "database.sizeBytes": `^\d{7,}$`, "database.collationVersion": `.`,
		"dump.sha256": `^[0-9a-f]{64}$`, "dump.etag": `.`, "dump.blocks": `^[1-9][0-9]?$`, "dump.blocksSHA256": `^[0-9a-f]{64}$`, "roles.sha256": `^[0-9a-f]{64}$`,
		"roles.count": `^\d+$`, "toc.entries": `^\d{2,}$`, "database.acl": quote("Reader " + plain)[1:8],
	} {
		require.Regexp(t, form, m.at(t, where), where)
	}
	require.JSONEq(t, `[
		{"name": "work_mem", "value": "7MB"}, {"name": "search_path", "value": "\"Odd Schema\", public"},
		{"role": "Reader `+plain+`", "name": "statement_timeout", "value": "5s"}]`, m.at(t, "database.settings"))
	w.checkFiles(t, m, i, point)
	checkTimes(t, m, point)
}

// checkFiles compares what the manifest says of the files with the files.
func (w *world) checkFiles(t *testing.T, m document, i instance, point string) {
	folder := pointsOf(i) + point + "/"
	files := []string{m.at(t, "dump.blob"), m.at(t, "dump.blocksBlob"), m.at(t, "fingerprints.blob"), m.at(t, "roles.blob"), folder + "manifest.json"}
	files = append(files, folder+"manifest-"+hash(w.download(t.Context(), t, folder+"manifest.json"))+".dsse.json")
	stored := slices.DeleteFunc(w.blobs(t, folder), func(name string) bool { return strings.HasPrefix(name, folder+"statement-") })
	require.ElementsMatch(t, files, stored)
	for _, file := range []string{"dump", "fingerprints", "roles"} {
		content := w.download(t.Context(), t, m.at(t, file+".blob"))
		require.Equal(t, strconv.Itoa(len(content)), m.at(t, file+".size"))
		require.Equal(t, hash(content), m.at(t, file+".sha256"))
	}
	list := w.download(t.Context(), t, m.at(t, "dump.blocksBlob"))
	require.Equal(t, strconv.Itoa(len(list)), m.at(t, "dump.blocksSize"))
	require.Equal(t, hash(list), m.at(t, "dump.blocksSHA256"))
	blocks := strings.Split(strings.TrimSpace(string(list)), "\n")
	require.Equal(t, strconv.Itoa(len(blocks)), m.at(t, "dump.blocks"))
	dump := w.download(t.Context(), t, m.at(t, "dump.blob"))
	for _, block := range blocks {
		text, sum, _ := strings.Cut(block, " ")
		size, err := strconv.Atoi(text)
		require.NoError(t, err)
		require.Equal(t, sum, hash(dump[:size]))
		dump = dump[size:]
	}
	require.Empty(t, dump)
}

// checkTimes: the times are in order, and the ID's is the scheduled one.
func checkTimes(t *testing.T, m document, point string) {
	var last time.Time
	for _, where := range []string{"scheduledTime", "startedAt", "dump.startedAt", "dump.endedAt", "committedAt"} {
		var at time.Time
		require.NoError(t, json.Unmarshal([]byte(strconv.Quote(m.at(t, where))), &at), where)
		require.False(t, at.Before(last), "%s is before the one before it", where)
		last = at
	}
	scheduled, err := time.Parse(time.RFC3339, m.at(t, "scheduledTime"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(point, scheduled.UTC().Format("20060102T150405Z")))
	require.Equal(t, scheduled.AddDate(0, 0, 30).UTC().Format(time.RFC3339), m.at(t, "retention.expires"))
}
