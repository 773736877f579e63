package azurepolicy

import (
	"fmt"
	"strings"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
)

const action = "change what the paths above name, or write the policy by hand: docs/RETENTION.md"

// Imported is an Azure Backup policy, converted to a policy of this program.
type Imported struct {
	// Policy has the name of the resource, or none if only its properties were
	// given.
	Policy policy.Policy
	// Notes list what could not be converted exactly.
	Notes []Note
}

// Note describes something that could not be converted exactly.
type Note struct {
	Path, Text string
}

// Parse reads a policy. Its error is a [failure.Error] with one finding for
// each mistake, named by its JSON path.
func Parse(data []byte) (*Imported, error) {
	v, err := decode(data)
	if err != nil {
		return nil, failure.New(failure.InvalidConfiguration, "give the file that `az dataprotection backup-policy show` prints", "%v", err)
	}
	p := policyReader{}
	p.document(v)
	if len(p.problems) == 0 {
		p.assemble()
	}
	if err := p.failure(); err != nil {
		return nil, err
	}
	return &Imported{Policy: p.policy.Normal(), Notes: p.notes}, nil
}

// YAML returns the policy for pgvault.yaml, with the notes as comments above
// it.
func (i Imported) YAML() string {
	var b strings.Builder
	if len(i.Notes) > 0 {
		b.WriteString("# Not carried over as it stands:\n")
	}
	for _, n := range i.Notes {
		fmt.Fprintf(&b, "#   %s: %s\n", n.Path, n.Text)
	}
	return b.String() + config.PolicyYAML(i.Policy)
}
