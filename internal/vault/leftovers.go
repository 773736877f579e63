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
	// leftoverTerm is how long a leftover is told of: nobody knows here whether it
	// was dropped by hand.
	leftoverTerm = 30 * 24 * time.Hour
)

// leftoversName is one for all runs of a job: a rerun goes on with what the run
// before has left.
func leftoversName(job string) string { return leftoversRoot + fileSafe(job) + ".json" }

// keepLeftovers keeps what a job leaves on servers where sweeps find it, or
// takes back what an earlier run of it has left.
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

// Leftovers lists the databases that restores have left on servers in the last
// 30 days, as lines for people. What is older, or was taken back, is deleted
// where forget says so.
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
			lines = append(lines, fmt.Sprintf("database %q on server %s, left by job %s at %s: %s", l.Database, l.Server, r.ID, r.Ended.UTC().Format(time.RFC3339), l.Reason))
		}
	}
	return lines, nil
}
