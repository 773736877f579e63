package trust

import (
	_ "embed"
	"fmt"
)

// builtinName is the value of PGVAULT_TRUST that selects [Builtin].
const builtinName = "builtin"

//go:embed builtin.yaml
var builtinText []byte

// Builtin returns the restrictive default. It allows backups of servers under
// Azure's domains, and restores to the instance's own host. It allows a
// password only for the host that its secret names. It allows no Microsoft
// Entra tokens, since any customer of Azure can have a host under these
// domains. It allows no restores as files, no drills and no notifications.
func Builtin() File {
	f, err := Parse(builtinText, builtinName)
	if err != nil {
		panic(fmt.Sprintf("the builtin trust file: %v", err)) // embedded, and parsed by a test
	}
	return f
}
