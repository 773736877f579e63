package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/suggest"
)

const action = "correct the lines named above; docs/pgvault.example.yaml shows every field"

// Parse reads pgvault.yaml. Its error is a *failure.Error that names every
// mistake with line, column and field, one finding each.
func Parse(data []byte) (*File, error) {
	// Duplicate keys are let through here and found by the reader, which names them all.
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxError(err)
	}
	p := fileParser{
		reader: reader{anchors: map[string]ast.Node{}},
		file:   File{Policies: map[string]policy.Policy{}},
	}
	p.document(tree)
	if err := p.failure(); err != nil {
		return nil, err
	}
	slices.SortFunc(p.file.Instances, func(a, b instance.Instance) int { return cmp.Compare(a.Name, b.Name) })
	return &p.file, nil
}

// fileParser knows the shape of the file.
type fileParser struct {
	reader
	file File
	uses []policyUse
}

// policyUse is a policy's name in an instance, to be looked up once all
// policies are read.
type policyUse struct {
	instance int
	name     string
	at       *token.Token
	path     string
}

func (p *fileParser) document(tree *ast.File) {
	var body ast.Node
	if len(tree.Docs) > 0 {
		body = tree.Docs[0].Body
	}
	if len(tree.Docs) > 1 {
		p.problem(tree.Docs[1].Start, "the file has more than one YAML document; remove the line \"---\"")
	}
	p.object(body, nil, "",
		field{"vault", true, p.vault},
		field{"policies", true, p.policies},
		field{"instances", true, p.instances},
	)
	p.resolvePolicies()
}

func (p *fileParser) vault(n ast.Node, path string) {
	v := &p.file.Vault
	v.SoftDelete.Days = instance.LeastSoftDelete
	v.Sweep = instance.Sweep{
		Schedule:    policy.Schedule{Times: []policy.TimeOfDay{{Hour: 5}}}.WithDefaults(),
		OrphanGrace: policy.ClockDuration(24 * time.Hour),
	}
	p.object(n, nil, path,
		field{"container", true, p.text(&v.Container, instance.CheckContainerURL)},
		field{"sweep", false, func(n ast.Node, path string) {
			p.object(n, nil, path,
				field{"schedule", false, p.schedule(&v.Sweep.Schedule)},
				field{"orphanGrace", false, p.clock(&v.Sweep.OrphanGrace, time.Hour, 365*24*time.Hour)},
			)
		}},
		field{"softDelete", false, p.softDelete(&v.SoftDelete)},
		field{"immutability", false, p.parsed(&v.Immutability)},
		field{"patience", false, p.clock(&v.Patience, time.Minute, 24*time.Hour)},
	)
	v.Container = strings.TrimSuffix(v.Container, "/")
}

// clock returns a reader of a length of time within limits.
func (p *fileParser) clock(into *policy.ClockDuration, least, most time.Duration) func(ast.Node, string) {
	return p.parsed(&boundedClock{into: into, least: least, most: most})
}

func (p *fileParser) resolvePolicies() {
	names := slices.Sorted(maps.Keys(p.file.Policies))
	for _, use := range p.uses {
		policy, ok := p.file.Policies[use.name]
		if !ok {
			p.problem(use.at, "%s: there is no policy %q%s", use.path, use.name,
				cmp.Or(suggest.DidYouMean(use.name, names), "; the policies here are "+cmp.Or(strings.Join(names, ", "), "none")))
		}
		p.file.Instances[use.instance].Policy = policy
	}
}

func (p *fileParser) failure() error {
	findings := make([]failure.Finding, 0, len(p.problems))
	lines := make([]string, 0, len(p.problems))
	for _, problem := range p.sorted() {
		text := fmt.Sprintf("line %d, column %d: %s", problem.line, problem.column, problem.text)
		lines = append(lines, text)
		findings = append(findings, failure.Finding{Check: "configuration", Code: failure.InvalidConfiguration, Message: text})
	}
	if len(findings) == 0 {
		return nil
	}
	err := failure.New(failure.InvalidConfiguration, action, "%s", strings.Join(lines, "\n"))
	err.Findings = findings
	return err
}

// syntaxError returns the YAML parser's finding in our form, without the excerpt
// of the file that it adds.
func syntaxError(err error) error {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		return failure.Wrap(err, failure.InvalidConfiguration, action, "the file is not YAML")
	}
	var r reader
	r.problem(syntax.GetToken(), "not valid YAML: %s", syntax.GetMessage())
	return (&fileParser{reader: r}).failure()
}
