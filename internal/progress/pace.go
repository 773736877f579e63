package progress

import "time"

const (
	// firstReport is the delay of a step's first report.
	firstReport = 3 * time.Second
	// longestSpacing is the longest interval between reports.
	longestSpacing = 5 * time.Minute
	// leastTurn is the shortest interval between reports of a step that
	// alternates between waiting and working.
	leastTurn = time.Minute
)

// Pace decides when to report a step to a reader that keeps every report: soon
// after its start, and then at intervals that grow by half, up to five minutes.
// A step of two hours has fewer than 35 reports. Pace is not safe for
// concurrent use.
type Pace struct {
	next    time.Time
	spacing time.Duration
	told    Snapshot
	turned  time.Time
}

// NewPace returns the pace of a step that started at began.
func NewPace(began time.Time) *Pace {
	return &Pace{next: began.Add(firstReport), spacing: firstReport}
}

// Due reports whether a reading must be reported now, and if so records it as
// reported. A reading that differs only in its rate is not reported.
func (p *Pace) Due(now time.Time, s Snapshot) bool {
	s.Rate, s.PerSecond = "", 0
	// The start and the end of a wait are reported at once, since they are
	// rare.
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
