package alert

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

// someNames is the number of instances that a message about several lists.
const someNames = 20

const listRemedy = "pgvault status lists them, the worst first"

// raised returns the alert about a problem that two runs have found.
func raised(f Found, name string) jobs.Alert {
	a := jobs.Alert{Kind: instance.AlertKind(f.Kind), State: jobs.AlertRaised, Instance: name}
	p, ok := f.problem(name)
	if !ok {
		// Only the latest problems of a kind have details.
		p = estate.Problem{Message: fmt.Sprintf("%s: %s", about(name), summary(f.Kind, 1)), Remedy: strings.TrimSpace("pgvault status " + name)}
	}
	a.Message, a.Remedy, a.Since = p.Message, p.Remedy, p.Since
	if p.Code != "" {
		a.Message += " (" + p.Code + ")"
	}
	return a
}

func reminder(f Found, name string) jobs.Alert {
	a := raised(f, name)
	a.State, a.Message = jobs.AlertReminder, "still: "+a.Message
	return a
}

// reminderOfSeveral returns the reminder of several alerts that were raised one by
// one.
func reminderOfSeveral(kind estate.Kind, names []string) jobs.Alert {
	return jobs.Alert{
		Kind: instance.AlertKind(kind), State: jobs.AlertReminder, Instance: names[0],
		Message: "still: " + several(kind, names, ""), Remedy: listRemedy,
	}
}

// resolved returns the alert about a problem that is gone. A name that is not in a
// complete list of instances was removed.
func (m *machine) resolved(kind estate.Kind, a Alert) jobs.Alert {
	text := fmt.Sprintf("%s: the alert %q of %s has ended", about(a.Instance), kind, a.Raised.UTC().Format(time.RFC3339))
	if a.Instance != "" && len(m.run.Instances) == m.run.All && !slices.Contains(m.run.Instances, a.Instance) {
		text += ", since the instance was removed from the vault"
	}
	return jobs.Alert{Kind: instance.AlertKind(kind), State: jobs.AlertResolved, Instance: a.Instance, Message: text}
}

// digest returns the text of a digest that tells of further instances.
func digest(k *Kind) func([]string) jobs.Alert {
	return func(mine []string) jobs.Alert {
		return jobs.Alert{
			Kind: instance.AlertKind(k.Kind), State: jobs.AlertDigest, Message: several(k.Kind, mine, atLeast(k)), Remedy: listRemedy,
		}
	}
}

func digestReminder(k *Kind) func([]string) jobs.Alert {
	return func(mine []string) jobs.Alert {
		a := digest(k)(mine)
		a.State, a.Message, a.Since = jobs.AlertReminder, "still: "+a.Message, k.Digest.Raised
		return a
	}
}

func digestResolved(k *Kind) jobs.Alert {
	return jobs.Alert{
		Kind: instance.AlertKind(k.Kind), State: jobs.AlertResolved,
		Message: fmt.Sprintf("all alerts %q have ended that one message of %s was about", k.Kind, k.Digest.Raised.UTC().Format(time.RFC3339)),
	}
}

func atLeast(k *Kind) string {
	if k.Digest.Partial {
		return "at least "
	}
	return ""
}

func about(name string) string {
	if name == "" {
		return "the vault"
	}
	return "instance " + name
}

// several returns a text about a problem of several instances.
func several(kind estate.Kind, names []string, atLeast string) string {
	list := strings.Join(names[:min(len(names), someNames)], ", ")
	if more := len(names) - someNames; more > 0 {
		list += fmt.Sprintf(" and %s%d more", atLeast, more)
	}
	return fmt.Sprintf("%s%d instances: %s: %s", atLeast, len(names), summary(kind, len(names)), list)
}

// summary says what is wrong with n instances.
func summary(kind estate.Kind, n int) string {
	texts := map[estate.Kind][2]string{
		estate.KindNever:        {"it has no good recovery point", "they have no good recovery point"},
		estate.KindStale:        {"its newest good recovery point is too old", "their newest good recovery points are too old"},
		estate.KindDamaged:      {"it has recovery points that cannot be restored", "they have recovery points that cannot be restored"},
		estate.KindDrillFailed:  {"its last drill failed", "their last drills failed"},
		estate.KindProofStale:   {"no recovery point of it was proven for too long", "none of their recovery points was proven for too long"},
		estate.KindNotScheduled: {"no backups of it are started", "no backups of them are started"},
		estate.KindFailed:       {"its last backup failed", "their last backups failed"},
		estate.KindDeleted:      {"a person deleted recovery points", "persons deleted recovery points"},
	}
	text, ok := texts[kind]
	switch {
	case !ok:
		return "the problem " + string(kind)
	case n == 1:
		return text[0]
	}
	return text[1]
}
