package blobstore

// AssemblyPlanOf returns a plan of one stream with small blocks, so that a test
// reaches all its steps.
func AssemblyPlanOf(unit, budget int64) AssemblyPlan {
	return AssemblyPlan{unit: unit, streams: 1, budget: budget}
}

// SkipTo sets the index of the next block.
func (a *Assembly) SkipTo(index int64) { a.staging.next.Store(index) }
