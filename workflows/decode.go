package workflows

import (
	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/jobs"
)

// decode decodes and checks a job's input.
func decode[T jobs.Input](raw converter.RawValue) (T, error) {
	if raw.Payload() == nil {
		var none T
		return none, jobs.NoInput[T]()
	}
	return jobs.Decode[T](raw.Payload().GetData())
}

// decodeOptional is like decode for an input whose fields are all optional. A job
// that was started without input has the zero value.
func decodeOptional[T jobs.Input](raw converter.RawValue) (T, error) {
	if raw.Payload() == nil {
		var none T
		return none, nil
	}
	return decode[T](raw)
}
