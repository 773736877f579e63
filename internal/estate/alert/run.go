package alert

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/printable"
	"github.com/pgvault/pgvault/internal/instance"
)

// Run is what one run of the watch has found. Its size is bounded for any vault.
type Run struct {
	// ID distinguishes runs. A run that arrives twice counts once.
	ID string `json:"id"`
	// Blind says why the vault could not be read; nil if it was read. The other
	// fields are empty otherwise.
	Blind *estate.Problem `json:"blind,omitempty"`
	// Unseen are the parts of the estate that could not be read, each with the
	// reason.
	Unseen    []string                `json:"unseen,omitempty"`
	Receivers []instance.Notification `json:"receivers,omitempty"`
	// All is the number of all instances, and Instances are their names, sorted;
	// empty if there are too many.
	All       int      `json:"all,omitempty"`
	Instances []string `json:"instances,omitempty"`
	// Found are the problems that are told, one entry for each kind.
	Found []Found `json:"found,omitempty"`
}

// Found are the problems of one kind.
type Found struct {
	Kind  estate.Kind `json:"kind"`
	Count int         `json:"count"`
	// Instances are the names of the instances, sorted; "" stands for the vault. If
	// there are fewer than Count, the others are unknown.
	Instances []string `json:"instances"`
	// Problems are the latest of them.
	Problems []estate.Problem `json:"problems"`
}

// complete reports whether all instances are known.
func (f Found) complete() bool { return len(f.Instances) >= f.Count }

// problem returns the details of a problem, if they are known.
func (f Found) problem(name string) (estate.Problem, bool) {
	at := slices.IndexFunc(f.Problems, func(p estate.Problem) bool { return p.Instance == name })
	if at < 0 {
		return estate.Problem{}, false
	}
	return f.Problems[at], true
}

// Bounds of a run, so that a signal has at most some hundred kilobytes.
const (
	maxNames    = 1000
	maxAllNames = 3000
	maxListed   = 4000
	maxDetails  = digestOver
	maxUnseen   = 5
	maxText     = 1 << 10
	maxRemedy   = 512
	maxCode     = 100
)

// BlindRun returns the run of a watch that could not read the vault.
func BlindRun(id string, cause *failure.Error) Run {
	p := blindness("the vault cannot be read, so that nobody notices a missing backup: "+cause.Summary(), cause.Action)
	p.Code = string(cause.Code)
	p = stored(p)
	return Run{ID: id, Blind: &p}
}

func blindness(message, remedy string) estate.Problem {
	return estate.Problem{Kind: estate.KindWatchBlind, Severity: estate.Critical, Message: message, Remedy: remedy}
}

// RunOf returns what is told of an estate, and to whom.
func RunOf(id string, e estate.Estate, receivers []instance.Notification) Run {
	run := Run{ID: id, Receivers: acceptable(receivers), All: len(e.Instances)}
	for _, part := range e.Vault.Unseen[:min(len(e.Vault.Unseen), maxUnseen)] {
		run.Unseen = append(run.Unseen, clean(part, maxText))
	}
	if len(e.Instances) <= maxListed {
		for i := range e.Instances {
			run.Instances = append(run.Instances, e.Instances[i].Name)
		}
		slices.Sort(run.Instances)
	}
	run.Found = found(e.Problems())
	return run
}

// found groups the problems that are told by kind.
func found(problems []estate.Problem) []Found {
	byKind := map[estate.Kind][]estate.Problem{}
	var kinds []estate.Kind
	for _, p := range problems {
		if p.Severity == estate.Warning {
			continue
		}
		if byKind[p.Kind] == nil {
			kinds = append(kinds, p.Kind)
		}
		byKind[p.Kind] = append(byKind[p.Kind], p)
	}
	var all []Found
	for _, kind := range kinds {
		all = append(all, foundOf(byKind[kind], min(maxNames, maxAllNames/len(kinds))))
	}
	return all
}

func foundOf(problems []estate.Problem, room int) Found {
	f := Found{Kind: problems[0].Kind, Count: len(problems)}
	for _, p := range problems {
		f.Instances = append(f.Instances, p.Instance)
	}
	slices.Sort(f.Instances)
	f.Instances = f.Instances[:min(len(f.Instances), room)]
	slices.SortStableFunc(problems, func(a, b estate.Problem) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.Instance, b.Instance))
	})
	for _, p := range problems[:min(len(problems), maxDetails)] {
		f.Problems = append(f.Problems, stored(p))
	}
	return f
}

// acceptable returns the receivers that [Run.Check] accepts. The settings of the
// vault may be a stranger's.
func acceptable(receivers []instance.Notification) []instance.Notification {
	var all []instance.Notification
	for _, r := range receivers[:min(len(receivers), instance.MaxNotifications)] {
		if checkReceiver(r) == nil {
			all = append(all, r)
		}
	}
	return all
}

// stored returns a problem with texts that [Run.Check] accepts.
func stored(p estate.Problem) estate.Problem {
	p.Message, p.Remedy, p.Code = clean(p.Message, maxText), clean(p.Remedy, maxRemedy), clean(p.Code, maxCode)
	return p
}

// clean returns a stranger's text in a form that can be stored and printed.
func clean(text string, limit int) string {
	return printable.Cut(printable.Lines(strings.ToValidUTF8(text, "�")), limit-len("…"))
}
