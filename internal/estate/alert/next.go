package alert

import (
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/estate"
)

const (
	// digestOver is the number of alerts of a kind above which one digest tells of
	// all.
	digestOver = 10
	reminders  = 24 * time.Hour
)

// fromServer are the kinds of problems that only the Temporal server's answers
// show. Without an answer, their absence means nothing.
var fromServer = []estate.Kind{estate.KindNotScheduled, estate.KindSweepStopped, estate.KindTrustDiffers}

// Next returns the state after a run and what is to be delivered. It does not change
// state. now is the time of the Temporal server, which is known also if the vault
// cannot be read. Next has no effect for a run that the state has seen last.
func Next(state State, run Run, now time.Time) (State, []Delivery) {
	if run.ID == state.Run {
		return state, nil
	}
	s := state.clone()
	s.Run = run.ID
	if s.Born.IsZero() {
		s.Born = now
	}
	if run.Blind == nil {
		s.Receivers = run.Receivers
	}
	m := machine{state: &s, run: run, now: now}
	m.advance(m.blindness())
	if run.Blind == nil {
		for _, kind := range estate.Kinds() {
			if kind != estate.KindWatchBlind {
				m.advance(m.foundOf(kind))
			}
		}
	}
	return s, m.deliveries
}

// machine computes the transition for one run.
type machine struct {
	state      *State
	run        Run
	now        time.Time
	deliveries []Delivery
}

func (m *machine) foundOf(kind estate.Kind) Found {
	at := slices.IndexFunc(m.run.Found, func(f Found) bool { return f.Kind == kind })
	if at < 0 {
		return Found{Kind: kind}
	}
	return m.run.Found[at]
}

// blindness returns the problem of a watch that could not read everything.
func (m *machine) blindness() Found {
	f := Found{Kind: estate.KindWatchBlind}
	switch {
	case m.run.Blind != nil:
		f.Problems = []estate.Problem{*m.run.Blind}
	case len(m.run.Unseen) > 0:
		f.Problems = []estate.Problem{blindness("not everything can be watched: "+strings.Join(m.run.Unseen, "; "), "see the log of the worker with the role watch")}
	default:
		return f
	}
	f.Count, f.Instances = 1, []string{""}
	return f
}

// advance takes the alerts of one kind to the next state.
func (m *machine) advance(f Found) {
	k := m.state.take(f.Kind)
	raise, resolve := m.compare(&k, f)
	m.raise(&k, f, raise)
	m.resolve(&k, resolve)
	if !once(k.Kind) {
		m.remind(&k, f)
	}
	m.state.put(k)
}

// compare notes which problems the run has found. It returns the instances whose
// problems two runs have found, and removes and returns the raised alerts whose
// problems two runs have not found.
func (m *machine) compare(k *Kind, f Found) (raise []string, resolve []Alert) {
	present := make(map[string]bool, len(f.Instances))
	for _, name := range f.Instances {
		present[name] = true
	}
	known := make(map[string]bool, len(k.Alerts))
	kept := k.Alerts[:0]
	for _, a := range k.Alerts {
		known[a.Instance] = true
		switch {
		case present[a.Instance]:
			a.Absent = false
			if repeated(&a, f) {
				raise = append(raise, a.Instance)
			}
		case m.uncertain(f):
		case a.Phase == Seen:
			continue
		case !a.Absent:
			a.Absent = true
		default:
			resolve = append(resolve, a)
			continue
		}
		kept = append(kept, a)
	}
	k.Alerts = kept
	m.meet(k, f, known)
	return raise, resolve
}

// uncertain reports whether the run cannot tell that a problem is absent.
func (m *machine) uncertain(f Found) bool {
	return !f.complete() || len(m.run.Unseen) > 0 && slices.Contains(fromServer, f.Kind)
}

// repeated reports whether an alert is to be raised whose problem was found again.
// An alert that tells of an act returns to its first phase for a later act.
func repeated(a *Alert, f Found) bool {
	raise := a.Phase == Seen
	if p, ok := f.problem(a.Instance); ok && once(f.Kind) && p.Since.After(a.Since) {
		a.Phase, a.Since = Seen, p.Since
	}
	return raise
}

// meet adds the problems that no run before has found. While the digest stands for
// unknown instances too, it has told of those that become known.
func (m *machine) meet(k *Kind, f Found, known map[string]bool) {
	for _, name := range f.Instances {
		if known[name] || len(k.Alerts) == maxAlerts {
			continue
		}
		a := Alert{Instance: name, Phase: Seen}
		if k.Digest != nil && k.Digest.Partial {
			a.Phase = InDigest
		}
		if p, ok := f.problem(name); ok && once(f.Kind) {
			a.Since = p.Since
		}
		k.Alerts = append(k.Alerts, a)
	}
	if k.Digest != nil {
		k.Digest.Partial = k.Digest.Partial && !f.complete()
	}
}

// raise tells of the problems that two runs have found: of each one, or of all in
// the digest.
func (m *machine) raise(k *Kind, f Found, names []string) {
	if len(names) > digestOver {
		m.raiseDigest(k, f, names)
		return
	}
	for _, name := range names {
		a := k.alert(name)
		a.Phase, a.Raised, a.Told = Raised, m.now, m.now
		m.tell(raised(f, name))
	}
}

func (m *machine) raiseDigest(k *Kind, f Found, names []string) {
	for _, name := range names {
		k.alert(name).Phase = InDigest
	}
	if k.Digest == nil {
		k.Digest = &Digest{Raised: m.now}
	}
	k.Digest.Reminded = m.now
	k.Digest.Partial = k.Digest.Partial || !f.complete()
	m.tellDigest(k, names, digest(k))
}

// resolve tells that problems are gone. The digest is resolved with the last of its
// problems.
func (m *machine) resolve(k *Kind, gone []Alert) {
	for _, a := range gone {
		if a.Phase == Raised && !once(k.Kind) {
			m.tell(m.resolved(k.Kind, a))
		}
	}
	inDigest := func(a Alert) bool { return a.Phase == InDigest }
	if k.Digest != nil && !slices.ContainsFunc(k.Alerts, inDigest) {
		if !once(k.Kind) {
			m.tellAll(k.Digest.Told, digestResolved(k))
		}
		k.Digest = nil
	}
}

// remind tells again of the alerts of which nothing was told for a day.
func (m *machine) remind(k *Kind, f Found) {
	var alone []string
	var members []string
	due := false
	for n := range k.Alerts {
		a := &k.Alerts[n]
		switch {
		case a.Absent:
		case a.Phase == InDigest:
			members = append(members, a.Instance)
		case a.Phase == Raised:
			alone = append(alone, a.Instance)
			due = due || m.due(&a.Told)
		}
	}
	if due {
		m.remindAlone(k, f, alone)
	}
	if k.Digest != nil && len(members) > 0 && m.due(&k.Digest.Reminded) {
		k.Digest.Reminded = m.now
		m.tellDigest(k, members, digestReminder(k))
	}
}

// remindAlone reminds of the alerts that are due, or of all at once if they are so
// many that one message tells of all.
func (m *machine) remindAlone(k *Kind, f Found, names []string) {
	if len(names) <= digestOver {
		names = slices.DeleteFunc(names, func(name string) bool { return !m.due(&k.alert(name).Told) })
	}
	for _, name := range names {
		k.alert(name).Told = m.now
	}
	m.tellReminders(k, f, names)
}

// due reports whether a day has passed since a time. A time in the future, which a
// changed clock has left, counts from now.
func (m *machine) due(told *time.Time) bool {
	if told.After(m.now) {
		*told = m.now
	}
	return m.now.Sub(*told) >= reminders
}

func (k *Kind) alert(name string) *Alert {
	at := slices.IndexFunc(k.Alerts, func(a Alert) bool { return a.Instance == name })
	return &k.Alerts[at]
}
