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

// State is the state of all alerts of a vault. Its zero value is that before the
// first run.
type State struct {
	// Born is the time of the first run. It distinguishes the deliveries of this
	// state from those of a lost one.
	Born time.Time `json:"born,omitzero"`
	// Sequence is the number of the last event.
	Sequence int `json:"sequence,omitempty"`
	// Run is the ID of the last run.
	Run string `json:"run,omitempty"`
	// Receivers are those of the last run that could read the vault.
	Receivers []instance.Notification `json:"receivers,omitempty"`
	// Kinds have an entry for each kind with an alert.
	Kinds []Kind `json:"kinds,omitempty"`
}

// Bounds of a state.
const (
	maxKinds  = 40
	maxAlerts = 2 * maxNames
)

// Kind has the alerts of one kind.
type Kind struct {
	Kind estate.Kind `json:"kind"`
	// Digest stands for the alerts in phase [InDigest]; nil if there is none.
	Digest *Digest `json:"digest,omitempty"`
	// Alerts are sorted by instance.
	Alerts []Alert `json:"alerts,omitempty"`
}

// Alert is an alert about an instance, or about the vault if Instance is empty.
type Alert struct {
	Instance string `json:"instance,omitempty"`
	Phase    Phase  `json:"phase"`
	// Raised is the time at which it was raised alone, and Told that of the last
	// message about it.
	Raised time.Time `json:"raised,omitzero"`
	Told   time.Time `json:"told,omitzero"`
	// Since is that of the problem, if it is told again for a later one.
	Since time.Time `json:"since,omitzero"`
	// Absent reports whether the last run did not find the problem.
	Absent bool `json:"absent,omitempty"`
}

// Phase is the phase of an alert.
type Phase string

// The phases.
const (
	// Seen means that one run has found the problem.
	Seen Phase = "seen"
	// Raised means that receivers were told.
	Raised Phase = "raised"
	// InDigest means that receivers were told by the kind's digest.
	InDigest Phase = "digest"
)

// Digest is the one alert that stands for many of a kind.
type Digest struct {
	Raised   time.Time `json:"raised"`
	Reminded time.Time `json:"reminded"`
	// Told are the names of the receivers.
	Told []string `json:"told,omitempty"`
	// Partial reports whether it also stands for instances whose names are
	// unknown.
	Partial bool `json:"partial,omitempty"`
}

// Standing returns the number of raised alerts by kind.
func (s State) Standing() map[estate.Kind]int {
	counts := map[estate.Kind]int{}
	for _, k := range s.Kinds {
		for _, a := range k.Alerts {
			if a.Phase != Seen && !once(k.Kind) {
				counts[k.Kind]++
			}
		}
	}
	return counts
}

// clone returns a state that shares no memory.
func (s State) clone() State {
	s.Receivers = slices.Clone(s.Receivers)
	s.Kinds = slices.Clone(s.Kinds)
	for n := range s.Kinds {
		k := &s.Kinds[n]
		k.Alerts = slices.Clone(k.Alerts)
		if k.Digest != nil {
			digest := *k.Digest
			digest.Told = slices.Clone(digest.Told)
			k.Digest = &digest
		}
	}
	return s
}

// take removes and returns the entry of a kind, which is new if there is none.
func (s *State) take(kind estate.Kind) Kind {
	at := slices.IndexFunc(s.Kinds, func(k Kind) bool { return k.Kind == kind })
	if at < 0 {
		return Kind{Kind: kind}
	}
	k := s.Kinds[at]
	s.Kinds = slices.Delete(s.Kinds, at, at+1)
	return k
}

// put adds the entry of a kind, if there is something to keep.
func (s *State) put(k Kind) {
	if len(k.Alerts) == 0 {
		return
	}
	slices.SortFunc(k.Alerts, func(a, b Alert) int { return strings.Compare(a.Instance, b.Instance) })
	s.Kinds = append(s.Kinds, k)
}

// nextSequence returns the text that distinguishes the next event from all others
// of the vault.
func (s *State) nextSequence() string {
	s.Sequence++
	return fmt.Sprintf("%d-%d", s.Born.Unix(), s.Sequence)
}

// once reports whether alerts of a kind tell of an act, not of a state: they have no
// reminder and no resolution.
func once(kind estate.Kind) bool { return kind == estate.KindDeleted }

// severityOf returns the severity of alerts of a kind.
func severityOf(kind estate.Kind) jobs.AlertSeverity {
	if once(kind) {
		return jobs.AlertInfo
	}
	return jobs.AlertCritical
}
