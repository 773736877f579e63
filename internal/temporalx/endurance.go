package temporalx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/outage"
)

// outages are the codes of services that are unavailable and recover without
// help.
var outages = []failure.Code{failure.ServerConnectionClosed, failure.StorageUnavailable, failure.SecretStoreUnavailable,
	failure.TemporalUnavailable, failure.WorkerOfAnotherVault, failure.ReceiverUnavailable}

// endurance is the record of a running attempt. It is safe for concurrent use.
type endurance struct {
	mu     sync.Mutex
	record outage.Endurance
	moved  time.Time
	// details are the step's own, as last recorded.
	details []any
	// wait is the last wait within the attempt, and told the time of its last
	// report.
	wait outage.Wait
	told time.Time
}

var _ outage.Observer = (*endurance)(nil)

// Waiting records since when the attempt waits.
func (e *endurance) Waiting(w outage.Wait) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wait, e.told = w, time.Now()
}

// Over does nothing: an attempt that has given up waiting is over too.
func (e *endurance) Over(string) {}

// lastWait is how recently a failing attempt must have waited for its failure
// to count as an outage that it has waited out.
const lastWait = time.Minute

// began returns the start of the outage for which an attempt fails now.
func (e *endurance) began(now time.Time) time.Time {
	if e.wait.Attempt > 0 && now.Sub(e.told) < lastWait {
		return e.wait.Since
	}
	return now
}

type enduranceKey struct{}

func enduranceOf(ctx context.Context) *endurance {
	e, _ := ctx.Value(enduranceKey{}).(*endurance)
	return e
}

// Moved records progress of a step's attempt. A later outage is not the one
// that earlier attempts have waited for.
func Moved(ctx context.Context) {
	if e := enduranceOf(ctx); e != nil {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.moved = time.Now()
	}
}

// Beat returns the details of a heartbeat: a step's own and the record for
// later attempts.
func Beat(ctx context.Context, details ...any) []any {
	e := enduranceOf(ctx)
	if e == nil {
		return details
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.details = details
	return withRecord(details, e.record)
}

func withRecord(details []any, record outage.Endurance) []any {
	if len(details) == 0 {
		details = []any{nil}
	}
	return append(slices.Clone(details), record)
}

// earlierAttempts returns the record and the details of earlier attempts.
func earlierAttempts(ctx context.Context) (record outage.Endurance, details []any) {
	var own json.RawMessage
	if !activity.HasHeartbeatDetails(ctx) || activity.GetHeartbeatDetails(ctx, &own, &record) != nil {
		return outage.Endurance{}, nil // details of another version of this program
	}
	return record, []any{own}
}

// begin starts the record of this attempt. It returns an error, which ends the
// attempt, if too many earlier attempts have failed.
func begin(ctx context.Context, p Patience) (context.Context, *endurance, error) {
	info := activity.GetInfo(ctx)
	before, details := earlierAttempts(ctx)
	e := &endurance{record: before.Begin(info.Attempt, workerName), details: details}
	if e.record.Exhausted() {
		return ctx, e, failure.New(failure.Internal, "look at the workers' logs: what ends them, or the step, will most likely do so again",
			"%d attempts of the step have failed: %s", e.record.Faults, e.record.Error)
	}
	ctx = outage.WithObserver(context.WithValue(ctx, enduranceKey{}, e), e)
	if info.Attempt > 1 {
		// A first attempt has no record to pass on, and this heartbeat would
		// delay the step's own first one.
		activity.RecordHeartbeat(ctx, details...)
	}
	if e.record.Faults > before.Faults {
		p.Tell(ctx, Report{Failed: failedAttempt(info.Attempt-1, e.record.Error)})
	}
	return ctx, e, nil
}

// end judges an attempt's error, in Temporal's form, saves the record for the
// next attempt, and reports an outage that continues.
func (e *endurance) end(ctx context.Context, err error, p Patience) error {
	var application *temporal.ApplicationError
	if !errors.As(err, &application) || application.NonRetryable() {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	f := Failure(err)
	now := time.Now()
	switch {
	case f.Code == failure.WorkerStopping || application.Category() == temporal.ApplicationErrorCategoryBenign:
		e.record = e.record.Stopped()
	case slices.Contains(outages, f.Code):
		e.record = e.record.Away(f.Summary(), e.began(now), e.moved)
	default:
		e.record = e.record.Failed(f.Summary())
	}
	activity.RecordHeartbeat(context.WithoutCancel(ctx), withRecord(e.details, e.record)...)
	lasts := e.record.Lasts(now)
	if lasts >= p.of(ctx) {
		return notRetryable(f, fmt.Sprintf("it was waited for %s, and %d attempts were made: ", lasts.Round(time.Second), e.record.Attempt))
	}
	if e.record.Exhausted() {
		return notRetryable(f, fmt.Sprintf("%d attempts have failed, the last one because: ", e.record.Faults))
	}
	if shouldReport(e.record.Attempt) {
		e.report(ctx, f, p)
	}
	return err
}

// report reports why another attempt follows. A worker that stops has failed at
// nothing.
func (e *endurance) report(ctx context.Context, f *failure.Error, p Patience) {
	if f.Code == failure.WorkerStopping {
		return
	}
	r := Report{Failed: failedAttempt(e.record.Attempt, string(f.Code)+": "+f.Summary())}
	if !e.record.Since.IsZero() {
		wait := outage.Wait{For: "try again", Since: e.record.Since, Attempt: int(e.record.Attempt), Err: errors.New(f.Summary())}
		r.Waiting = wait.Text()
	}
	p.Tell(ctx, r)
}

// maxReport is the length of the longest reason in a report, in bytes.
const maxReport = 300

func failedAttempt(number int32, reason string) string {
	line, _, _ := strings.Cut(reason, "\n")
	return fmt.Sprintf("attempt %d failed: %s", number, printable.Cut(line, maxReport))
}

// shouldReport reports whether to report an outage after an attempt. Every report
// is stored in the history.
func shouldReport(attempt int32) bool { return attempt <= 5 || attempt%10 == 0 }

// notRetryable returns an error that is not retried.
func notRetryable(f *failure.Error, prefix string) error {
	d := Details{Message: printable.Cut(prefix+f.Summary(), maxMessage), Action: printable.Cut(f.Action, maxMessage), Findings: boundFindings(f.Findings)}
	return temporal.NewApplicationErrorWithOptions(d.text(), string(f.Code), temporal.ApplicationErrorOptions{NonRetryable: true, Details: []any{d}})
}

// recording adds the record to every heartbeat.
type recording struct {
	interceptor.ActivityOutboundInterceptorBase
}

func (r *recording) RecordHeartbeat(ctx context.Context, details ...any) {
	if n := len(details); n > 0 {
		if _, ok := details[n-1].(outage.Endurance); ok {
			r.Next.RecordHeartbeat(ctx, details...)
			return
		}
	}
	r.Next.RecordHeartbeat(ctx, Beat(ctx, details...)...)
}
