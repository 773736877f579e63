package trust

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
)

// refuse returns the refusal of a request that lines of YAML would allow. what
// describes the request, with a noun that fits "does not allow".
func (f File) refuse(lines, what string, args ...any) error {
	remedy := fmt.Sprintf("if this is intended, add the following to %s and restart the workers:\n%s", f.name, lines)
	if f.name == builtinName {
		remedy = fmt.Sprintf("if this is intended, write a trust file (`pgvault trust init`), name it in %s in place of %s, and add the following:\n%s",
			Environment, builtinName, lines)
	}
	return failure.New(failure.NotTrusted, remedy, "the trust file %s does not allow %s", f.name, fmt.Sprintf(what, args...))
}

// unusable returns the refusal of a request that no line allows.
func unusable(err error, remedy string) error {
	return failure.New(failure.NotTrusted, remedy, "no trust file can allow this: %v", err)
}
