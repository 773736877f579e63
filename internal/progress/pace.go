package progress

import "time"

const (
	// firstReport is how long after its beginning a step is reported for the first time.
	firstReport = 3 * time.Second
	// longestSpacing is how far apart the reports of a long step get.
	longestSpacing = 5 * time.Minute
	// leastTurn is how far apart the reports are of a step that waits and goes on
	// in turns.
	leastTurn = time.Minute
)

// Pace says when a step is to be reported to a reader that keeps every report:
// soon after it begins, then half as long again after each report, up to five
// minutes. A step of two hours makes fewer than 35 reports. It is not safe for
// concurrent use.
type Pace struct {
	next    time.Time
	spacing time.Duration
	told    Snapshot
	turned  time.Time
}

// NewPace makes the pace of a step that begins at a time.
func NewPace(began time.Time) *Pace {
	return &Pace{next: began.Add(firstReport), spacing: firstReport}
}

// Due reports whether a reading is to be reported now, and takes it for reported
// if so. One that differs in nothing but its rate is not.
func (p *Pace) Due(now time.Time, s Snapshot) bool {
	s.Rate = ""
	// That a step waits, or goes on, is told at once: this changes seldom.
	turned := (s.Waiting == "") != (p.told.Waiting == "") && now.After(p.turned.Add(leastTurn))
	if now.Before(p.next) && !turned || s == p.told {
		return false
	}
	if turned {
		p.turned = now
	}
	p.told = s
	p.spacing = min(p.spacing*3/2, longestSpacing)
	p.next = now.Add(p.spacing)
	return true
}
