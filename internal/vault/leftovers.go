package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
)

const (
	leftoversRoot = "leftovers/"
	// leftoverTerm is how long a leftover is reported. A database that was
	// dropped by hand cannot be told from one that remains.
	leftoverTerm = 30 * 24 * time.Hour
)

// leftoversName returns the same name for all runs of a job, so that a rerun
// finds the leftovers of the run before.
func leftoversName(job string) string { return leftoversRoot + fileSafe(job) + ".json" }

// keepLeftovers records the databases that a job has left on servers, for
// sweeps to report, or clears the record of an earlier run of the job.
func (v *Vault) keepLeftovers(ctx context.Context, r jobs.Record, full []byte) error {
	name := leftoversName(r.ID)
	if len(r.Leftovers) == 0 {
		before, err := v.readLeftovers(ctx, name)
		if errors.Is(err, blobstore.ErrNotFound) || err == nil && len(before.Leftovers) == 0 {
			return nil
		}
		if err != nil && failure.CodeOf(err) != failure.VaultDamaged { // a damaged one is replaced
			return err
		}
	}
	_, err := v.container.Put(ctx, name, append(full, '\n'), nil)
	return err
}

func (v *Vault) readLeftovers(ctx context.Context, name string) (r jobs.Record, err error) {
	err = v.readJSON(ctx, name, "Delete the blob, or put an earlier version of it in its place.", func(content []byte) error { return decodeObject(content, "id", &r) })
	return r, err
}

// Leftovers returns one line of text for each database, or for the schemas in one,
// that a restore left on a server in the last 30 days. It deletes older and cleared
// records if forget is set.
func (v *Vault) Leftovers(ctx context.Context, now time.Time, forget bool) (lines []string, err error) {
	for blob, err := range v.container.List(ctx, leftoversRoot) {
		if err != nil {
			return nil, err
		}
		r, err := v.readLeftovers(ctx, blob.Name)
		if failure.CodeOf(err) == failure.VaultDamaged {
			lines = append(lines, fmt.Sprintf("blob %s cannot be read, so a database that a restore left on a server may be missing here: %s", blob.Name, errors.Unwrap(err)))
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(r.Leftovers) == 0 || now.Sub(r.Ended) > leftoverTerm {
			if forget {
				err = v.container.Delete(ctx, blob.Name)
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		for _, l := range r.Leftovers {
			lines = append(lines, fmt.Sprintf("%s, left by job %s at %s: %s", l.Name(), r.ID, r.Ended.UTC().Format(time.RFC3339), l.Reason))
		}
	}
	return lines, nil
}
