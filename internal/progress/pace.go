package progress

import "time"

const (
	// firstReport is how long after its beginning a step is reported for the first time.
	firstReport = 3 * time.Second
	// longestSpacing is how far apart the reports of a long step get.
	longestSpacing = 5 * time.Minute
)

// Pace says when a step is to be reported to a reader that keeps every report:
// soon after it begins, then half as long again after each report, up to five
// minutes. A step of two hours makes fewer than 35 reports. It is not safe for
// concurrent use.
type Pace struct {
	next    time.Time
	spacing time.Duration
	told    Snapshot
}

// NewPace makes the pace of a step that begins at a time.
func NewPace(began time.Time) *Pace {
	return &Pace{next: began.Add(firstReport), spacing: firstReport}
}

// Due tells whether a reading is to be reported now, and takes it for reported
// if so. One that differs in nothing but its rate is not.
func (p *Pace) Due(now time.Time, s Snapshot) bool {
	s.Rate = ""
	if now.Before(p.next) || s == p.told {
		return false
	}
	p.told = s
	p.spacing = min(p.spacing*3/2, longestSpacing)
	p.next = now.Add(p.spacing)
	return true
}
