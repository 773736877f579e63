package blobstore

// PlanOf makes a plan with tiny blocks, so that a test can go through all its steps.
func PlanOf(unit, budget int64) Plan { return Plan{unit: unit, budget: budget} }
