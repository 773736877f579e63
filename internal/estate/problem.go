package estate

import (
	"cmp"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
)

// Problem is one thing that is wrong with an instance or with the vault, or, with
// severity [Info], that a person should know.
type Problem struct {
	Kind     Kind     `json:"kind"`
	Severity Severity `json:"severity"`
	// Instance is empty for a problem of the vault.
	Instance string `json:"instance,omitempty"`
	// Since is the time from which it has been so, if that is known.
	Since time.Time `json:"since,omitzero"`
	// Code is the error code of a failed job.
	Code    string `json:"code,omitempty"`
	Message string `json:"message"`
	// Remedy is what to do about it, often a command.
	Remedy string `json:"remedy,omitempty"`
}

// Kind is the kind of a problem.
type Kind string

// The kinds of problems. Those of alerts have their names.
const (
	// KindNever: protected for longer than the objective, without a good point.
	KindNever = Kind(instance.AlertNever)
	// KindStale: the newest good point is older than the objective.
	KindStale = Kind(instance.AlertStale)
	// KindDamaged: points cannot be restored.
	KindDamaged = Kind(instance.AlertDamaged)
	// KindDrillFailed: the last drill failed.
	KindDrillFailed = Kind(instance.AlertDrillFailed)
	// KindProofStale: no point was proven for too long.
	KindProofStale = Kind(instance.AlertProofStale)
	// KindNotScheduled: a schedule is paused or missing.
	KindNotScheduled = Kind(instance.AlertNotScheduled)
	// KindFailed: the last backup failed.
	KindFailed = Kind(instance.AlertFailed)
	// KindMassDeletion: the sweep stopped at an instance.
	KindMassDeletion = Kind(instance.AlertMassDeletion)
	// KindSweepStopped: no sweep runs.
	KindSweepStopped = Kind(instance.AlertSweepStopped)
	// KindSafetyWeakened: the storage account lacks a protection.
	KindSafetyWeakened = Kind(instance.AlertSafetyWeakened)
	// KindTrustDiffers: workers have different trust files.
	KindTrustDiffers = Kind(instance.AlertTrustDiffers)
	// KindWatchBlind: the vault cannot be read.
	KindWatchBlind = Kind(instance.AlertWatchBlind)
	// KindDeleted: a person deleted points.
	KindDeleted = Kind(instance.AlertDeleted)
	// KindLate: a start is overdue. There is no alert about it.
	KindLate Kind = "late"
	// KindNoWorker: a role has no worker. There is no alert about it.
	KindNoWorker Kind = "no-worker"
	// KindUndelivered: notifications were given up. There is no alert about it.
	KindUndelivered Kind = "undelivered"
)

// Severity is how bad a problem is.
type Severity string

// The severities.
const (
	// Critical problems raise alerts.
	Critical Severity = "critical"
	// Warning is for problems that may end by themselves. They raise no alert.
	Warning Severity = "warning"
	// Info is for changes that a person has made. They raise an alert and leave an
	// estate well.
	Info Severity = "info"
)

func (s Severity) rank() int {
	return slices.Index([]Severity{Critical, Warning, Info}, s)
}

// Kinds returns all kinds, ordered by what they say of the chance to restore.
func Kinds() []Kind {
	return []Kind{
		KindWatchBlind, KindNever, KindStale, KindDamaged, KindDrillFailed, KindMassDeletion, KindSweepStopped, KindSafetyWeakened,
		KindTrustDiffers, KindNotScheduled, KindFailed, KindProofStale, KindLate, KindNoWorker, KindUndelivered, KindDeleted,
	}
}

func (k Kind) rank() int { return slices.Index(Kinds(), k) }

// worse compares problems, the worst first.
func worse(a, b Problem) int {
	return cmp.Or(cmp.Compare(a.Severity.rank(), b.Severity.rank()), cmp.Compare(a.Kind.rank(), b.Kind.rank()), a.Since.Compare(b.Since))
}

// byUrgency compares instances, the one with the worst problem first, then by name.
func byUrgency(a, b Instance) int {
	switch {
	case len(a.Problems) == 0 && len(b.Problems) == 0:
		return cmp.Compare(a.Name, b.Name)
	case len(a.Problems) == 0:
		return 1
	case len(b.Problems) == 0:
		return -1
	}
	x, y := a.Problems[0], b.Problems[0]
	return cmp.Or(cmp.Compare(x.Severity.rank(), y.Severity.rank()), cmp.Compare(x.Kind.rank(), y.Kind.rank()), cmp.Compare(a.Name, b.Name))
}
