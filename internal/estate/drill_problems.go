package estate

import (
	"fmt"
	"time"
)

// unproven reports an instance whose newest proof is too old.
func unproven(i Instance, now time.Time) (Problem, bool) {
	d := i.Drill
	if d == nil || d.Due.IsZero() || !now.After(d.Due) {
		return Problem{}, false
	}
	p := Problem{
		Kind: KindProofStale, Severity: Critical, Since: d.Due, Remedy: "look for its cause with pgvault jobs --instance " + i.Name + ", then: pgvault drill " + i.Name,
		Message: fmt.Sprintf("no recovery point of instance %s was ever proven by a drill; one should have been by %s", i.Name, timeText(d.Due)),
	}
	if d.LastProven != nil {
		p.Message = fmt.Sprintf("the newest proof of instance %s is from %s, of point %s; it counted until %s", i.Name, timeText(d.LastProven.At), d.LastProven.Point, timeText(d.Due))
	}
	return p, true
}

// drillFailed reports that the last drill failed or its record is not accepted.
func drillFailed(i Instance, _ time.Time) (Problem, bool) {
	d := i.Drill
	if d == nil || i.Protection.State == Stopped {
		return Problem{}, false
	}
	p := Problem{Kind: KindDrillFailed, Severity: Critical}
	switch {
	case d.Doubt != "":
		p.Since = d.Last.At
		p.Message = fmt.Sprintf("the newest record of a drill of instance %s is not accepted: %s", i.Name, d.Doubt)
		p.Remedy = "see which records are true: pgvault proof verify " + i.Name
	case d.Last != nil && !d.Last.Verdict.Holds():
		p.Since = d.Last.At
		p.Message = fmt.Sprintf("the last drill of instance %s failed, of point %s", i.Name, d.Last.Point)
		p.Remedy = "see what it found: pgvault proof show " + i.Name
	case d.endedUnrecorded():
		p.Since, p.Code = d.LastFailure.At, d.LastFailure.Code
		p.Message = fmt.Sprintf("the last drill of instance %s failed: %s", i.Name, d.LastFailure.Message)
		p.Remedy = "when its cause is mended: pgvault drill " + i.Name
	default:
		return Problem{}, false
	}
	return p, true
}
