package estate

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// recentDeletion is how long a person's deletion of a point is reported.
const recentDeletion = 24 * time.Hour

// problemsOf returns what is wrong with an instance, the worst first.
func problemsOf(i Instance, now time.Time) []Problem {
	var all []Problem
	for _, find := range []func(Instance, time.Time) (Problem, bool){aged, damaged, unscheduled, failed, late, deleted, drillFailed, unproven} {
		if p, ok := find(i, now); ok {
			p.Instance = i.Name
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, worse)
	return all
}

// aged reports an instance without a point, or whose newest good point is too old.
func aged(i Instance, _ time.Time) (Problem, bool) {
	within := DurationText(i.Objective.Duration())
	switch i.Freshness {
	case Never:
		return Problem{
			Kind: KindNever, Severity: Critical, Since: i.ageFrom().Add(i.Objective.Duration()), Remedy: i.backupRemedy(),
			Message: fmt.Sprintf("instance %s has been protected since %s and has no good recovery point; it should have had one within %s", i.Name, timeText(i.ProtectedSince), within),
		}, true
	case Stale:
		return Problem{
			Kind: KindStale, Severity: Critical, Since: i.ageFrom().Add(i.Objective.Duration()), Remedy: i.backupRemedy(),
			Message: fmt.Sprintf("the newest good recovery point of instance %s is from %s; there should be one at most %s old", i.Name, timeText(i.LastGood.Committed), within),
		}, true
	}
	return Problem{}, false
}

// backupRemedy returns the command for an instance that needs a backup, by what is
// known of the cause.
func (i Instance) backupRemedy() string {
	switch {
	case i.Running != nil && i.Running.LastError != "":
		return "the running backup repeats a step: pgvault jobs --instance " + i.Name
	case i.Running != nil:
		return "a backup is running: pgvault jobs --instance " + i.Name
	case i.Protection.State == NotScheduled:
		return i.scheduleRemedy()
	case i.failing():
		return "see why the last one failed: pgvault jobs --instance " + i.Name + " --failed"
	}
	return "look for its cause with pgvault validate " + i.Name + ", then: pgvault backup " + i.Name
}

// scheduleRemedy returns a command for each schedule that starts no jobs.
func (i Instance) scheduleRemedy() string {
	var commands []string
	for _, held := range i.Protection.Held {
		if held.Missing {
			return "create it again: pgvault apply -f pgvault.yaml"
		}
		commands = append(commands, "temporal schedule toggle --unpause --schedule-id "+held.ID)
	}
	return "if it should run: " + strings.Join(commands, "; ")
}

// heldText describes the schedules that start no jobs.
func (p Protection) heldText() string {
	var texts []string
	for _, held := range p.Held {
		texts = append(texts, held.String())
	}
	return strings.Join(texts, "; ")
}

func damaged(i Instance, _ time.Time) (Problem, bool) {
	if len(i.Damaged) == 0 {
		return Problem{}, false
	}
	return Problem{
		Kind: KindDamaged, Severity: Critical, Remedy: "see what is damaged: pgvault points " + i.Name,
		Message: fmt.Sprintf("%s of instance %s cannot be restored: %s", recoveryPoints(len(i.Damaged)), i.Name, some(i.Damaged)),
	}, true
}

// unscheduled reports schedules that start no jobs. It is a warning until the
// objective is exceeded, since people pause schedules for a while.
func unscheduled(i Instance, _ time.Time) (Problem, bool) {
	if i.Protection.State != NotScheduled {
		return Problem{}, false
	}
	severity := Warning
	if i.Freshness.Exceeded() {
		severity = Critical
	}
	return Problem{
		Kind: KindNotScheduled, Severity: severity, Remedy: i.scheduleRemedy(),
		Message: fmt.Sprintf("no backups of instance %s are started: %s", i.Name, i.Protection.heldText()),
	}, true
}

// failing reports whether the last backup failed.
func (i Instance) failing() bool {
	return i.LastFailure != nil && (i.LastGood == nil || i.LastFailure.At.After(i.LastGood.Committed))
}

func failed(i Instance, _ time.Time) (Problem, bool) {
	if !i.failing() || i.Protection.State == Stopped {
		return Problem{}, false
	}
	return Problem{
		Kind: KindFailed, Severity: Critical, Since: i.LastFailure.At, Code: i.LastFailure.Code,
		Message: fmt.Sprintf("the last backup of instance %s failed: %s", i.Name, i.LastFailure.Message),
		Remedy:  "when its cause is mended: pgvault rerun " + i.LastFailure.Job,
	}, true
}

func late(i Instance, _ time.Time) (Problem, bool) {
	if i.Freshness != Late {
		return Problem{}, false
	}
	due := i.Missed[len(i.Missed)-1]
	return Problem{
		Kind: KindLate, Severity: Warning, Since: due, Remedy: "see why it was missed: pgvault jobs --instance " + i.Name,
		Message: fmt.Sprintf("the backup of instance %s that was due at %s has not been started", i.Name, timeText(due)),
	}, true
}

// deleted reports the points that persons have deleted within a day.
func deleted(i Instance, now time.Time) (Problem, bool) {
	var recent []string
	by, since := "", time.Time{}
	for _, d := range i.Deleted {
		if d.Sweep || now.Sub(d.At) >= recentDeletion {
			continue
		}
		recent = append(recent, d.Point)
		// A later deletion is told again.
		if d.At.After(since) {
			by, since = d.By, d.At
		}
	}
	if len(recent) == 0 {
		return Problem{}, false
	}
	if by == "" {
		by = "an unknown identity"
	}
	return Problem{
		Kind: KindDeleted, Severity: Info, Since: since,
		Remedy:  fmt.Sprintf("if that was a mistake: pgvault undelete %s --point %s", i.Name, recent[len(recent)-1]),
		Message: fmt.Sprintf("%s deleted %s of instance %s: %s", by, recoveryPoints(len(recent)), i.Name, some(recent)),
	}, true
}
