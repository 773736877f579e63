package blobstore

// AssemblyPlanOf makes a plan of one stream with blocks of one, two, then three
// units, so that a test can go through all its steps.
func AssemblyPlanOf(unit, budget int64) AssemblyPlan {
	return AssemblyPlan{unit: unit, streams: 1, budget: budget}
}

// SkipTo makes the next block the one with an index.
func (a *Assembly) SkipTo(index int64) { a.staging.next.Store(index) }
