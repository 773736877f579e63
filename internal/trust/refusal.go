package trust

import (
	"fmt"

	"github.com/pgvault/pgvault/internal/failure"
)

// refuse returns a refusal with the lines of YAML that would allow the request.
// what describes the request by a noun phrase that follows "does not allow".
func (f File) refuse(lines, what string, args ...any) error {
	remedy := fmt.Sprintf("if this is intended, add the following to %s and restart the workers:\n%s", f.name, lines)
	if f.name == builtinName {
		remedy = fmt.Sprintf("if this is intended, write a trust file (`pgvault trust init`), name it in %s in place of %s, and add the following:\n%s",
			Environment, builtinName, lines)
	}
	return failure.New(failure.NotTrusted, remedy, "the trust file %s does not allow %s", f.name, fmt.Sprintf(what, args...))
}

// unusable returns the refusal of a request that no lines can allow.
func unusable(err error, remedy string) error {
	return failure.New(failure.NotTrusted, remedy, "no trust file can allow this: %v", err)
}
