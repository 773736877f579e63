package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pgvault/pgvault/internal/blobstore"
	"github.com/pgvault/pgvault/internal/failure"
)

// Ask is a job's request to read an archived point.
type Ask struct {
	Instance, Point string
	Job, Run        string
	Priority        blobstore.Priority
	// HoldDays is the number of days for which the copy is kept once it can be
	// read.
	HoldDays int
	Now      time.Time
}

// Rehydrated is the state of a rehydration.
type Rehydrated struct {
	Rehydration
	// From is the readable copy; nil until it is ready.
	From *Source
}

const (
	// copyAttempts bounds the number of copies that the storage may begin and
	// abandon.
	copyAttempts = 3
	// raceAttempts bounds how often another job may change the state first.
	// Each such change is progress of that job, which makes a few of them and
	// then waits.
	raceAttempts = 50
)

// Rehydrate starts a copy of an archived dump to a readable tier, or joins one
// that another job has started, and returns its state. It is idempotent. The
// job must hold the point.
//
// Each job changes the state once before it relies on it, and a job that ends a
// copy deletes exactly the state that it has read, so that only one of the two
// succeeds: see [Pruner.DropCopies].
func (v *Vault) Rehydrate(ctx context.Context, ask Ask) (Rehydrated, error) {
	if _, err := v.GetManifest(ctx, ask.Instance, ask.Point); err != nil {
		return Rehydrated{}, err // a copy costs money, and nobody could read it
	}
	for range raceAttempts {
		point, err := v.FindPoint(ctx, ask.Instance, ask.Point)
		if err != nil {
			return Rehydrated{}, err
		}
		dump, _ := point.listedDump()
		if !point.readable() {
			return Rehydrated{}, failure.New(failure.VerificationFailed, remedyFor(ask.Instance, ask.Point),
				"recovery point %s of %s is damaged: %s", ask.Point, ask.Instance, point.wrong())
		}
		if !point.Archived() {
			return Rehydrated{From: &Source{Blob: dump.Name, ETag: dump.ETag}}, nil
		}
		done, err := v.rehydrate(ctx, ask, point)
		if !errors.Is(err, blobstore.ErrChanged) && !errors.Is(err, blobstore.ErrExists) {
			return done, err
		}
	}
	return Rehydrated{}, failure.New(failure.Internal, "", "other jobs change the rehydration of point %s all the time; it is looked at again", ask.Point)
}

// rehydrate makes one attempt. It returns ErrChanged or ErrExists if another
// job changed the state first.
func (v *Vault) rehydrate(ctx context.Context, ask Ask, p Point) (Rehydrated, error) {
	state, err := v.join(ctx, ask, p)
	if err != nil {
		return Rehydrated{}, err
	}
	made, err := v.copied(ctx, ask, p, state)
	switch {
	case err != nil:
		return Rehydrated{}, err
	case made.Failure != "":
		return v.beginAgain(ctx, ask, state, made.Failure)
	case made.Pending:
		state, err = v.raisePriority(ctx, ask, state)
		return Rehydrated{Rehydration: state}, err
	case made.Size != p.DumpSize || made.Meta[metaSource] != p.SHA256:
		return v.beginAgain(ctx, ask, state, "the copy is not of the dump that the manifest names")
	}
	if state.Ready.IsZero() {
		state.Ready, state.Until = ask.Now, ask.Now.Add(days(state.HoldDays))
		if state, err = v.changeRehydration(ctx, ask, state); err != nil {
			return Rehydrated{}, err
		}
	}
	return Rehydrated{Rehydration: state, From: &Source{Blob: made.Name, ETag: made.ETag}}, nil
}

// join creates the state, or adds the job to the existing one and extends its
// hold to what the job asks for.
func (v *Vault) join(ctx context.Context, ask Ask, p Point) (Rehydration, error) {
	if p.Rehydration == nil || p.Rehydration.Copy == "" {
		state := begun(ask, 1)
		if p.Rehydration != nil {
			state.etag = p.Rehydration.etag
		}
		return v.changeRehydration(ctx, ask, state)
	}
	state := *p.Rehydration
	if state.LastRun == ask.Run {
		return state, nil
	}
	state.LastJob, state.LastRun = ask.Job, ask.Run
	state.HoldDays = max(state.HoldDays, ask.HoldDays)
	if until := ask.Now.Add(days(ask.HoldDays)); state.Until.Before(until) {
		state.Until = until
	}
	return v.changeRehydration(ctx, ask, state)
}

func begun(ask Ask, attempt int) Rehydration {
	latest := expected(ask.Now, ask.Priority)
	return Rehydration{
		Copy: copyName(ask.Instance, ask.Point, ask.Job, ask.Run, attempt), Attempt: attempt, Priority: ask.Priority,
		At: ask.Now, Expected: latest, HoldDays: ask.HoldDays, Until: latest.Add(days(ask.HoldDays)),
		Job: ask.Job, LastJob: ask.Job, LastRun: ask.Run,
	}
}

// copied returns the state of the copy, and starts it if there is none. The
// storage copies the listed dump or fails.
func (v *Vault) copied(ctx context.Context, ask Ask, p Point, state Rehydration) (blobstore.Copy, error) {
	made, err := v.container.Copied(ctx, state.Copy)
	if !errors.Is(err, blobstore.ErrNotFound) {
		return made, err
	}
	dump, _ := p.listedDump()
	err = v.container.Rehydrate(ctx, blobstore.Rehydration{
		From: dump.Name, ETag: dump.ETag, To: state.Copy, Priority: state.Priority,
		Meta: blobstore.Meta{metaJob: encoded(ask.Job), metaSource: p.SHA256, metaBlocks: p.BlocksSHA256},
	})
	if err != nil {
		return made, fmt.Errorf("rehydrate the dump of point %s: %w", p.ID, err)
	}
	return v.container.Copied(ctx, state.Copy)
}

// raisePriority raises a copy's priority for a job that wants it sooner than
// the job that started it. It changes the storage before the state, so that a
// crash between them is repaired by a repetition.
func (v *Vault) raisePriority(ctx context.Context, ask Ask, state Rehydration) (Rehydration, error) {
	if ask.Priority != blobstore.High || state.Priority == blobstore.High {
		return state, nil
	}
	raised, err := v.container.RaisePriority(ctx, state.Copy)
	if err != nil {
		return state, fmt.Errorf("raise the priority of the copy of point %s: %w", ask.Point, err)
	}
	if !raised {
		return state, nil
	}
	state.Priority = blobstore.High
	if sooner := expected(ask.Now, blobstore.High); sooner.Before(state.Expected) {
		state.Expected = sooner
	}
	return v.changeRehydration(ctx, ask, state)
}

// beginAgain starts a new copy after a failed one, which is left to the sweep.
func (v *Vault) beginAgain(ctx context.Context, ask Ask, state Rehydration, why string) (Rehydrated, error) {
	if state.Attempt >= copyAttempts {
		return Rehydrated{}, failure.New(failure.RehydrationFailed, "restore again, or from another recovery point",
			"the storage has given up rehydrating the dump of point %s of %s %d times: %s", ask.Point, ask.Instance, state.Attempt, why)
	}
	next := begun(ask, state.Attempt+1)
	next.etag = state.etag
	if _, err := v.changeRehydration(ctx, ask, next); err != nil {
		return Rehydrated{}, err
	}
	return Rehydrated{}, fmt.Errorf("begin another copy: %w", blobstore.ErrChanged)
}

// changeRehydration replaces the state that was read, or creates it if there
// was none.
func (v *Vault) changeRehydration(ctx context.Context, ask Ask, state Rehydration) (Rehydration, error) {
	content, meta, err := encodeState(rehydrationName, state)
	if err != nil {
		return state, err
	}
	name := rehydrationPath(ask.Instance, ask.Point)
	var put blobstore.Blob
	if state.etag == "" {
		put, err = v.container.PutNew(ctx, name, content, meta)
	} else {
		put, err = v.container.PutIf(ctx, name, content, meta, state.etag)
	}
	if err != nil {
		return state, fmt.Errorf("write %s: %w", name, err)
	}
	state.etag = put.ETag
	return state, nil
}
