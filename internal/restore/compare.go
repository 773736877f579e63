package restore

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/pgvault/pgvault/internal/archive"
	"github.com/pgvault/pgvault/internal/blobstore/memory"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/progress"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/definitions"
	"github.com/pgvault/pgvault/internal/proof/fingerprint"
	"github.com/pgvault/pgvault/internal/proof/readback"
	"github.com/pgvault/pgvault/internal/restore/selection"
	"github.com/pgvault/pgvault/internal/signin"
)

// Fingerprints are the stored fingerprints of a dump.
type Fingerprints struct {
	// Name names them in messages, such as "fingerprints of recovery point ID".
	Name string
	Open func(context.Context) (io.ReadCloser, error)
}

// differing returns a [failure.RestoredDataDiffers] that names the first differences, or
// nil if there is none.
func differing(database string, c proof.Compared) error {
	const most = 20
	count := len(c.Differences) + c.MoreDifferences
	if count == 0 {
		return nil
	}
	var text strings.Builder
	for _, d := range c.Differences[:min(len(c.Differences), most)] {
		text.WriteString("\n  " + d.String())
	}
	if count > most {
		fmt.Fprintf(&text, "\n  and %d more", count-most)
	}
	return failure.New(failure.RestoredDataDiffers,
		"Restore another recovery point. To look at what differs, restore this one with --keep-failed, or without --verify.",
		"what was restored into database %q is not what was dumped:%s", database, text.String())
}

// VerifyRows is [Restorer.CompareRows] with an error if anything differs.
func (r Restorer) VerifyRows(ctx context.Context, job Job, dump Dump, f Fingerprints, m *progress.Meter) (proof.Compared, error) {
	compared, err := r.CompareRows(ctx, job, dump, f, m)
	if err != nil {
		return compared, err
	}
	return compared, differing(job.Account.Database, compared)
}

// CompareRows compares the rows, sequences and large objects of the loaded database
// with the fingerprints, before it is published.
func (r Restorer) CompareRows(ctx context.Context, job Job, dump Dump, f Fingerprints, m *progress.Meter) (proof.Compared, error) {
	request := readback.Request{Account: job.inside(), Name: f.Name, Fingerprints: f.Open, Connections: job.connections()}
	if !job.Wanted.WholeArchive() {
		var err error
		if request.Only, err = r.selected(ctx, job, dump, m); err != nil {
			return proof.Compared{}, err
		}
	}
	c := readback.Comparer{Source: r.Source, Memory: r.Memory, StallTimeout: r.StallTimeout}
	return c.Compare(ctx, request, m)
}

// selected returns the rows that a selective restore has loaded.
func (r Restorer) selected(ctx context.Context, job Job, dump Dump, m *progress.Meter) (only *readback.Selection, err error) {
	err = r.Memory.Run(ctx, job.memoryJob(dump, m), dump.tocMemory(), func(ctx context.Context, share *memory.Share) error {
		toc, chosen, err := dump.choose(ctx, job.Wanted, share)
		if err == nil {
			only = selectionOf(toc, chosen)
		}
		return err
	})
	return only, err
}

func selectionOf(toc *archive.TOC, chosen selection.Chosen) *readback.Selection {
	only := &readback.Selection{Tables: map[int]bool{}, Sequences: map[fingerprint.TableName]bool{}}
	for i := range toc.Entries {
		e := &toc.Entries[i]
		if !chosen.Has(e) {
			continue
		}
		switch e.Desc {
		case archive.DescTableData:
			only.Tables[e.DumpID] = true
		case archive.DescLargeObjects:
			only.LargeObjects = true
		case archive.DescSequenceSet:
			only.Sequences[fingerprint.TableName{Schema: fingerprint.Name(e.Namespace), Name: fingerprint.Name(e.Tag)}] = true
		}
	}
	return only
}

// CompareDefinitions compares the definitions of the loaded database with those of
// the dump. If texts differ, it loads the definitions into the database of
// [Job.Again], and drops it.
func (r Restorer) CompareDefinitions(ctx context.Context, job Job, dump Dump, m *progress.Meter) (proof.Compared, error) {
	again := job.Again()
	c := definitions.Comparer{Source: r.Source, Tools: r.Tools, Memory: r.Memory}
	return c.Compare(ctx, definitions.Request{
		Account: job.inside(), Name: dump.Name, Archive: dump.ReadTOC, Size: dump.TOCSize, SourceMajor: job.SourceMajor, ToolMajor: job.ToolMajor,
		Scope: definitions.Scope{Owners: job.Owners, Grants: job.Grants},
		Again: func(ctx context.Context) (signin.Account, func(context.Context) error, error) {
			drop := func(ctx context.Context) error { return r.Drop(ctx, again) }
			if _, err := r.Load(ctx, again, dump, m); err != nil {
				_ = drop(context.WithoutCancel(ctx))
				return signin.Account{}, nil, err
			}
			return again.inside(), drop, nil
		},
	}, m)
}

// Again returns the job that loads the definitions alone into a second database.
// Whoever drops the job's database must drop it too.
func (j Job) Again() Job {
	j.Unpublished += "_again"
	j.Wanted = selection.Request{Content: selection.SchemaOnly}
	j.KeepFailed = false
	return j
}

// verify compares the loaded rows before they are committed, if the job asks for it.
// Sequences are set afterwards, since no rollback resets them.
func (l *loader) verify(ctx context.Context) error {
	if l.job.Fingerprints == nil {
		return nil
	}
	l.line.Touch()
	only := selectionOf(l.toc, l.chosen)
	only.Sequences, only.LargeObjects = nil, false
	f := *l.job.Fingerprints
	compared, err := readback.CompareWithin(ctx, l.session, readback.Request{Name: f.Name, Fingerprints: f.Open, Only: only}, l.share, l.meter)
	if err != nil {
		return err
	}
	l.compared = &compared
	return differing(l.job.Account.Database, compared)
}
