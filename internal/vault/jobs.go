package vault

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/jobs"
)

// metaRecord holds the record with its long texts cut, so that listings read no
// blob.
const metaRecord = "record"

// The limits of a record's texts in a listing, as [maxText] counts them.
const (
	maxRecordText     = 800
	maxRecordIdentity = 500
	maxWork           = 120
)

// PutJob writes a job's record and replaces an earlier one.
func (v *Vault) PutJob(ctx context.Context, r jobs.Record) error {
	full, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the record of job %s: %w", r.ID, err)
	}
	listed, err := json.Marshal(listedRecord(r))
	if err != nil {
		return fmt.Errorf("encode the record of job %s: %w", r.ID, err)
	}
	if _, err = v.container.Put(ctx, jobName(r.Ended, r.ID, r.RunID), append(full, '\n'), blobstore.Meta{metaRecord: encoded(string(listed))}); err != nil {
		return err
	}
	if r.Operation != jobs.TypeRestore {
		return nil
	}
	return v.keepLeftovers(ctx, r, full)
}

// listedRecord returns the record with its texts cut to fit into metadata. A
// rejected input may be of any length.
func listedRecord(r jobs.Record) jobs.Record {
	r.Message, r.Reason, r.Identity = cut(r.Message, maxRecordText), cut(r.Reason, maxRecordText), cut(r.Identity, maxRecordIdentity)
	r.Leftovers = slices.Clone(r.Leftovers)
	for i := range r.Leftovers {
		l := &r.Leftovers[i]
		l.Reason, l.Server, l.Database = cut(l.Reason, maxRecordText), cut(l.Server, maxRecordIdentity), cut(l.Database, maxRecordIdentity)
	}
	r.Work = listedWork(r.Work)
	r.ID, r.Instance, r.Point = cut(r.ID, maxJob), cut(r.Instance, maxRecordIdentity), cut(r.Point, maxWork)
	return r
}

// listedWork returns what was done without its lists, and with its texts cut.
func listedWork(w jobs.Work) jobs.Work {
	w.IgnoredErrors = nil
	for _, text := range []*string{&w.Worker.Host, &w.Worker.Version, &w.SignIn.URL, &w.SignIn.Version, &w.SignIn.User} {
		*text = cut(*text, maxWork)
	}
	for _, place := range []*jobs.Place{&w.Source, &w.Target} {
		place.Tables, place.Schemas = nil, nil
		for _, text := range []*string{&place.Server, &place.Database, &place.Container, &place.Prefix} {
			*text = cut(*text, maxWork)
		}
	}
	return w
}

// ListJobs returns the records of jobs that ended at or after from, the latest
// start first. It lists the months up to until, and leaves out records whose
// metadata cannot be read.
func (v *Vault) ListJobs(ctx context.Context, from, until time.Time) ([]jobs.Record, error) {
	var records []jobs.Record
	for _, month := range months(from, until) {
		for blob, err := range v.container.List(ctx, jobsRoot+month+"/") {
			if err != nil {
				return nil, err
			}
			var r jobs.Record
			if json.Unmarshal([]byte(decoded(blob.Meta[metaRecord])), &r) == nil && !r.Ended.Before(from) {
				records = append(records, r)
			}
		}
	}
	slices.SortStableFunc(records, func(a, b jobs.Record) int {
		return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(a.ID, b.ID))
	})
	return records, nil
}

// months returns the folders that cover a span of time.
func months(from, until time.Time) []string {
	var folders []string
	first := time.Date(from.UTC().Year(), from.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	for at := first; !at.After(until.UTC()); at = at.AddDate(0, 1, 0) {
		folders = append(folders, at.Format("2006/01"))
	}
	return folders
}

// PutReport stores a sweep's report of one stretch, counted from 1, beside the
// job's record, and returns the blob's name.
func (v *Vault) PutReport(ctx context.Context, at time.Time, job, run string, stretch int, report any) (string, error) {
	content, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return "", fmt.Errorf("encode the report of job %s: %w", job, err)
	}
	name := fmt.Sprintf("%s%s/%s-%s.report.json", jobsRoot, at.UTC().Format("2006/01"), fileSafe(job), ShortID(run))
	if stretch > 1 {
		name = strings.TrimSuffix(name, ".json") + fmt.Sprintf("-%d.json", stretch)
	}
	_, err = v.container.Put(ctx, name, append(content, '\n'), nil)
	return name, err
}

// GetReport reads a report stored by [Vault.PutReport].
func (v *Vault) GetReport(ctx context.Context, name string, into any) error {
	return v.readJSON(ctx, name, "Look at the job's record instead. "+earlierVersion, func(content []byte) error { return json.Unmarshal(content, into) })
}
