package proof

// Verdict is what a drill says about a point.
type Verdict string

// The verdicts.
const (
	// Proven means that everything in the point was compared and is equal, and that
	// every check passed.
	Proven Verdict = "proven"
	// Partly means that nothing differs, and that something was left out or could
	// not be compared.
	Partly Verdict = "partly"
	// Failed means that the point could not be restored, that something differs, or
	// that a check did not pass.
	Failed Verdict = "failed"
)

// Holds reports whether nothing speaks against the point.
func (v Verdict) Holds() bool { return v == Proven || v == Partly }

// verdict returns the verdict of what a drill found.
func (r *Record) verdict() Verdict {
	switch {
	case r.Failure != nil, len(r.Compared.Differences) > 0, r.Compared.MoreDifferences > 0,
		r.AMCheck.Corrupt > 0, r.anyCheckFailed():
		return Failed
	case len(r.Compared.NotProven) > 0, r.Compared.MoreNotProven > 0:
		return Partly
	}
	return Proven
}

func (r *Record) anyCheckFailed() bool {
	for _, c := range r.Checks {
		if c.Outcome != CheckPassed {
			return true
		}
	}
	return false
}

// Judge sets the verdict.
func (r *Record) Judge() { r.Verdict = r.verdict() }
