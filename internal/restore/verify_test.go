package restore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/restore"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// keptAs returns fingerprints as if they were stored.
func keptAs(t *testing.T, f fingerprint.File) restore.Fingerprints {
	t.Helper()
	var encoded bytes.Buffer
	require.NoError(t, fingerprint.Encode(&encoded, f))
	return restore.Fingerprints{Name: "fingerprints", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(encoded.Bytes())), nil
	}}
}

// Whatever is restored equals what was dumped, by every way to restore it.
func TestEveryRestoreEqualsItsFingerprints(t *testing.T) {
	t.Parallel()
	from := configured(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, hashOfAnEnum+`; CREATE SCHEMA s; CREATE TABLE s.ids (id bigserial PRIMARY KEY, at timestamptz DEFAULT now());
		INSERT INTO s.ids SELECT FROM generate_series(1, 300000); SELECT lo_from_bytea(4711, 'x')`))
	r, job := target(t)
	account := job.Account
	account.Database = from
	dump, _, prints := fingerprinted(t, r, account)
	for name, c := range map[string]struct {
		wanted selection.Request
		tables int
	}{
		"all": {selection.Request{}, len(prints.Tables)}, "schema": {selection.Request{Schemas: []string{"s"}}, 1}, "table": {selection.Request{Tables: []string{"s.ids"}}, 1},
		"leaf": {selection.Request{Tables: []string{"leaf_0"}}, 1}, "extension": {selection.Request{Tables: []string{"public.conf_big"}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, job := target(t)
			job.Wanted = c.wanted
			_, _, err := load(t, r, job, dump)
			require.NoError(t, err)
			compared, err := r.VerifyRows(t.Context(), job, dump, keptAs(t, prints), progress.NewMeter(time.Now, "connect"))
			require.NoError(t, err)
			if name != "extension" { // which comes with all its tables
				require.Equal(t, c.tables, compared.Tables)
			}
			require.Positive(t, compared.Rows)
		})
	}
}

func TestARestoreThatDiffersIsRefused(t *testing.T) {
	t.Parallel()
	from := localenvtest.Database(t)
	p := localenvtest.Postgres(t)
	require.NoError(t, p.Exec(t.Context(), from, "CREATE TABLE orders AS SELECT generate_series(1, 100) AS id"))
	r, job := target(t)
	account := job.Account
	account.Database = from
	dump, _, prints := fingerprinted(t, r, account)
	_, _, err := load(t, r, job, dump)
	require.NoError(t, err)
	require.NoError(t, p.Exec(t.Context(), job.Unpublished, "DELETE FROM orders WHERE id = 7; CREATE TABLE more (i int)"))
	_, err = r.VerifyRows(t.Context(), job, dump, keptAs(t, prints), progress.NewMeter(time.Now, "connect"))
	require.Equal(t, failure.RestoredDataDiffers, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "table public.orders: rows (expected 100 rows, found 99 rows)")
	require.ErrorContains(t, err, "table public.more: not in the dump")
	require.ErrorContains(t, err, fmt.Sprintf("%q", job.Account.Database))
}

// Rows alone are compared within the transaction that loads them.
func TestRowsAloneAreComparedBeforeTheyAreCommitted(t *testing.T) {
	t.Parallel()
	from := configured(t)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), from, hashOfAnEnum+"; CREATE TABLE ids (id bigserial, at timestamptz DEFAULT now()); INSERT INTO ids SELECT FROM generate_series(1, 1000)"))
	r, job := target(t)
	account := job.Account
	account.Database = from
	dump, _, prints := fingerprinted(t, r, account)
	differing := prints
	differing.Tables = append([]fingerprint.Table(nil), prints.Tables...)
	for i := range differing.Tables {
		if differing.Tables[i].Name == "ids" {
			differing.Tables[i].Sum.Lo++
		}
	}
	r, job = emptied(t, from)
	require.NoError(t, localenvtest.Postgres(t).Exec(t.Context(), job.Account.Database, "CREATE TABLE others AS SELECT 1 AS i; ALTER TABLE ids ADD more int DEFAULT 7"))
	before := contents(t, job.Account.Database)
	f := keptAs(t, differing)
	job.Fingerprints = &f
	_, err := loadRows(t, r, job, dump)
	require.Equal(t, failure.RestoredDataDiffers, failure.CodeOf(err), "%v", err)
	require.ErrorContains(t, err, "table public.ids: rows (expected 1000 rows, ")
	require.Equal(t, before, contents(t, job.Account.Database))

	f = keptAs(t, prints)
	loaded, err := loadRows(t, r, job, dump)
	require.NoError(t, err)
	require.Empty(t, loaded.Compared.Differences)
	require.Equal(t, len(prints.Tables), loaded.Compared.Tables)
	require.Equal(t, *loaded.Rows, loaded.Compared.Rows)
	require.Len(t, loaded.Compared.NotProven, 1) // the partitions by the hash of an enum
}
