package dump

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
)

// printsBudget bounds the buffers for the file of fingerprints, in bytes. The dump's
// own are free when it is stored.
const printsBudget = 2 << 20

// content is what the fingerprints of a dump identify.
type content struct {
	toc *archive.TOC
	// units have the fingerprints of the tables.
	units   []*unit
	objects []fingerprint.Object
}

// makeRoom allocates in each unit the memory for the fingerprints of its large objects,
// which are one list in the order of the archive. It returns the list.
func makeRoom(units []*unit) []fingerprint.Object {
	count := 0
	for _, u := range units {
		count += len(u.objects)
	}
	all := make([]fingerprint.Object, count)
	rest := all
	for _, u := range units {
		u.prints, rest = rest[:len(u.objects):len(u.objects)], rest[len(u.objects):]
	}
	return all
}

// tablesOf returns the fingerprints of the tables.
func (c content) tablesOf() ([]fingerprint.Table, error) {
	all := make([]fingerprint.Table, 0, tables(c.toc))
	for _, u := range c.units {
		for i, rows := range u.rows {
			if u.first {
				t, err := tableOf(u.tables[i].entry, u.tables[i].filtered)
				if err != nil {
					return nil, err
				}
				all = append(all, t)
			}
			t := &all[len(all)-1]
			t.Add(rows)
			if !u.whole() {
				t.Pieces = append(t.Pieces, rows)
			}
		}
	}
	return all, nil
}

// tableOf describes the rows of an entry, without their fingerprint.
func tableOf(e *archive.Entry, filtered bool) (fingerprint.Table, error) {
	schema, name, columns, err := e.CopyNames()
	if err != nil {
		return fingerprint.Table{}, err
	}
	t := fingerprint.Table{
		DumpID: e.DumpID, Schema: fingerprint.Name(e.Namespace), Name: fingerprint.Name(e.Tag),
		Columns: make([]fingerprint.Name, len(columns)), Filtered: filtered,
	}
	for i, column := range columns {
		t.Columns[i] = fingerprint.Name(column)
	}
	if e.LoadsViaPartitionRoot() {
		t.Into = &fingerprint.TableName{Schema: fingerprint.Name(schema), Name: fingerprint.Name(name)}
	}
	return t, nil
}

// storeFingerprints stores the fingerprints of a dump. It counts its rows.
func (j *job) storeFingerprints(ctx context.Context, c content) error {
	sequences, err := sequencesOf(c.toc)
	if err != nil {
		return err
	}
	tables, err := c.tablesOf()
	if err != nil {
		return err
	}
	for i := range tables {
		j.result.Rows += tables[i].Count
	}
	assembly := j.Container.NewAssembly(ctx, j.FingerprintsBlob, blobstore.NewAssemblyPlan(1, 0, printsBudget), j.meter.Touch)
	run, sum := assembly.NewRun(), sha256.New()
	err = fingerprint.Encode(io.MultiWriter(run, sum), fingerprint.File{
		FormatVersion: fingerprint.FormatVersion, Settings: j.text.in(c.toc),
		Tables: tables, Sequences: sequences, LargeObjects: c.objects,
	})
	if err == nil {
		run.End()
	} else {
		run.Discard()
	}
	if refused := assembly.Wait(); refused != nil {
		err = refused // the cause of a write that failed
	}
	j.result.Fingerprints = Stored{Size: run.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))}
	if err == nil {
		_, err = assembly.Commit(ctx, []*blobstore.Run{run}, j.result.Fingerprints.SHA256, j.Meta)
	}
	if err != nil {
		return fmt.Errorf("store the fingerprints: %w", err)
	}
	return nil
}
