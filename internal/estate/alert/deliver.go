package alert

import (
	"slices"

	"github.com/pgvault/pgvault/internal/estate"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
)

// Delivery is a message to a receiver.
type Delivery struct {
	// ID is the workflow ID of the delivery and the ID of the alert. It is unique,
	// and the same if the transition is computed again.
	ID    string
	Input jobs.NotifyInput
}

// send adds the delivery of an event to a receiver.
func (m *machine) send(to instance.Notification, sequence string, a jobs.Alert) {
	a.Severity = severityOf(estate.Kind(a.Kind))
	a.ID = jobs.NotifyID(to.Name, a.Instance, a.Kind, sequence)
	m.deliveries = append(m.deliveries, Delivery{ID: a.ID, Input: jobs.NotifyInput{Notification: to.Name, URL: to.URL, Alert: a.Bounded()}})
}

// tell sends an alert about one instance, or the vault, to those that want it.
func (m *machine) tell(a jobs.Alert) {
	sequence := m.state.nextSequence()
	for _, r := range m.state.Receivers {
		if r.Wants(a.Kind, a.Instance) {
			m.send(r, sequence, a)
		}
	}
}

// tellAll sends an alert to receivers by name.
func (m *machine) tellAll(names []string, a jobs.Alert) {
	sequence := m.state.nextSequence()
	for _, r := range m.state.Receivers {
		if slices.Contains(names, r.Name) && r.Wants(a.Kind, "") {
			m.send(r, sequence, a)
		}
	}
}

// wanted returns the instances whose alerts of a kind a receiver wants.
func wanted(r instance.Notification, kind estate.Kind, names []string) (mine []string) {
	for _, name := range names {
		if r.Wants(instance.AlertKind(kind), name) {
			mine = append(mine, name)
		}
	}
	return mine
}

// tellDigest tells each receiver of those of several instances that it wants. One
// that wants some instances only is told also if their names are unknown.
func (m *machine) tellDigest(k *Kind, names []string, text func(mine []string) jobs.Alert) {
	sequence := m.state.nextSequence()
	for _, r := range m.state.Receivers {
		mine := wanted(r, k.Kind, names)
		if len(mine) == 0 && k.Digest.Partial && r.Wants(instance.AlertKind(k.Kind), "") {
			mine = names
		}
		if len(mine) == 0 {
			continue
		}
		m.send(r, sequence, text(mine))
		if !slices.Contains(k.Digest.Told, r.Name) {
			k.Digest.Told = append(k.Digest.Told, r.Name)
		}
	}
}

// tellReminders reminds each receiver of several alerts: of each one, or of all at
// once in the name of the oldest, which a later resolution ends.
func (m *machine) tellReminders(k *Kind, f Found, names []string) {
	if len(names) == 0 {
		return
	}
	slices.SortStableFunc(names, func(a, b string) int { return k.alert(a).Raised.Compare(k.alert(b).Raised) })
	sequence := m.state.nextSequence()
	for _, r := range m.state.Receivers {
		mine := wanted(r, k.Kind, names)
		if len(mine) > digestOver {
			m.send(r, sequence, reminderOfSeveral(k.Kind, mine))
			continue
		}
		for _, name := range mine {
			m.send(r, sequence, reminder(f, name))
		}
	}
}
