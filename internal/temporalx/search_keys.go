package temporalx

import (
	"go.temporal.io/sdk/temporal"

	"github.com/pgvault/pgvault/internal/jobs"
)

// Keys of the search attributes of jobs. See [jobs.Attributes].
var (
	KeyInstance  = temporal.NewSearchAttributeKeyKeyword(jobs.AttributeInstance)
	KeyDatabase  = temporal.NewSearchAttributeKeyKeyword(jobs.AttributeDatabase)
	KeyOperation = temporal.NewSearchAttributeKeyKeyword(jobs.AttributeOperation)
	KeyPoint     = temporal.NewSearchAttributeKeyKeyword(jobs.AttributePoint)
	KeyErrorCode = temporal.NewSearchAttributeKeyKeyword(jobs.AttributeErrorCode)
	KeyOutcome   = temporal.NewSearchAttributeKeyKeyword(jobs.AttributeOutcome)
	KeyPhase     = temporal.NewSearchAttributeKeyKeyword(jobs.AttributePhase)
)
