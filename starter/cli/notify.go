package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/suggest"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/starter/cli/document"
)

func (a *App) notifyCommand() *cobra.Command {
	return group("notify", "Test the receivers of alerts",
		a.notifyTestCommand())
}

func (a *App) notifyTestCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "test [NAME]",
		Short: "Send a test to a receiver and show its answer",
		Long: `Send a test to a receiver of alerts, or to all of the vault's, and show the answer
of each. A worker of the role watch sends it, as it sends alerts: with its own
identity, trust file and network. The receivers are the notifications in
pgvault.yaml, as they were applied.

A delivery that has not succeeded when the time is over is given up, unlike that
of an alert. The exit status is 1 if any fails.`,
		Example: "  pgvault notify test oncall",
		Args:    cobra.MaximumNArgs(1),
	}
	vaultURL := vaultFlag(cmd)
	within := cmd.Flags().Duration("within", time.Minute, "how long to wait for the answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *within <= 0 {
			return usagef("--within: %s is not a positive duration", *within)
		}
		return a.notifyTest(cmd.Context(), args, *vaultURL, *within)
	}
	return cmd
}

func (a *App) notifyTest(ctx context.Context, names []string, vaultFlag string, within time.Duration) error {
	v, err := a.openVault(vaultFlag)
	if err != nil {
		return err
	}
	settings, err := v.GetSettings(ctx)
	if err != nil {
		return err
	}
	receivers, err := chosen(settings.Notifications, names)
	if err != nil {
		return err
	}
	s, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	tests := make([]receiverTest, len(receivers))
	for i, receiver := range receivers {
		tests[i] = receiverTest{name: receiver.Name}
		tests[i].run, tests[i].err = a.beginTest(ctx, s, receiver)
	}
	var group sync.WaitGroup
	for i := range tests {
		group.Go(func() { tests[i].wait(ctx, s, within) })
	}
	group.Wait()
	if ctx.Err() != nil {
		return errInterrupted
	}
	if err := a.answers(testsDocument(tests), func() error { a.printTests(tests); return nil }); err != nil {
		return err
	}
	if slices.ContainsFunc(tests, func(t receiverTest) bool { return t.err != nil }) {
		return errChecksFailed
	}
	return nil
}

// receiverTest is a test of one receiver.
type receiverTest struct {
	name   string
	run    client.WorkflowRun
	answer string
	err    error
}

// chosen returns the receivers with the names, or all.
func chosen(all []instance.Notification, names []string) ([]instance.Notification, error) {
	known := make([]string, len(all))
	for i, n := range all {
		known[i] = n.Name
	}
	if len(all) == 0 {
		return nil, failure.New(failure.InvalidConfiguration, "add notifications: to pgvault.yaml, and run `pgvault apply -f pgvault.yaml`", "the vault has no notifications")
	}
	if len(names) == 0 {
		return all, nil
	}
	at := slices.Index(known, names[0])
	if at < 0 {
		return nil, failure.New(failure.InvalidConfiguration, "give one of "+strings.Join(known, ", ")+", or add it to pgvault.yaml and run `pgvault apply -f pgvault.yaml`",
			"the vault has no notification %q%s", names[0], suggest.DidYouMean(names[0], known))
	}
	return all[at : at+1], nil
}

// beginTest starts a test.
func (a *App) beginTest(ctx context.Context, s *session, receiver instance.Notification) (client.WorkflowRun, error) {
	id := jobs.ID(jobs.KindNotifyTest, receiver.Name, uniqueTime())
	return a.begin(ctx, s, newJob{
		id: id, kind: jobs.TypeNotify, summary: "Test of notification " + receiver.Name,
		input: jobs.NotifyInput{Notification: receiver.Name, URL: receiver.URL, Alert: jobs.Alert{
			ID: id, Kind: jobs.AlertTest, State: jobs.AlertTested, Severity: jobs.AlertInfo,
			Message: fmt.Sprintf("This is a test of the notification %s. It was sent by `pgvault notify test`. Nothing is wrong.", receiver.Name),
		}},
	})
}

// wait waits for the answer. A test that has none when the time is over, or the
// command is interrupted, is cancelled.
func (t *receiverTest) wait(ctx context.Context, s *session, within time.Duration) {
	if t.err != nil {
		return
	}
	waiting, stop := context.WithTimeout(ctx, within)
	defer stop()
	var result jobs.NotifyResult
	err := t.run.Get(waiting, &result)
	switch {
	case err == nil:
		t.answer = result.Answer
	case waiting.Err() != nil, errors.Is(err, context.DeadlineExceeded), isAway(err):
		t.err = s.giveUp(ctx, t.run, within)
	default:
		t.err = temporalx.Failure(err)
	}
}

// endWithin bounds the requests that end a test.
const endWithin = 10 * time.Second

// giveUp cancels a test and returns why it has not succeeded.
func (s *session) giveUp(ctx context.Context, run client.WorkflowRun, within time.Duration) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
	defer cancel()
	last, err := s.jobs.Progress(ctx, run.GetID(), run.GetRunID())
	err = errors.Join(err, s.CancelWorkflow(ctx, run.GetID(), run.GetRunID()))
	if err != nil {
		return failure.Wrap(err, failure.TemporalUnavailable, "temporal workflow cancel -w "+run.GetID(), "the test continues, since it could not be cancelled")
	}
	return failure.New(failure.ReceiverUnavailable, "", "no answer within %s, and the test was cancelled: %s", within,
		cmp.Or(last.LastError, "no worker of the role watch has taken it, or the receiver does not answer yet"))
}

func (a *App) printTests(tests []receiverTest) {
	for _, t := range tests {
		if t.err == nil {
			a.print("%s: %s", t.name, t.answer)
			continue
		}
		a.print("%s: %v", t.name, t.err)
	}
}

func testsDocument(tests []receiverTest) *document.NotifyTests {
	answer := &document.NotifyTests{}
	for _, t := range tests {
		d := document.NotifyTest{Notification: t.name, State: document.Delivered, Answer: t.answer}
		if t.err != nil {
			why := document.ErrorOf(t.err)
			d.State, d.Error = document.NotDelivered, &why
		}
		answer.Tests = append(answer.Tests, d)
	}
	return answer
}
