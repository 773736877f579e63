package config

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/failure/suggest"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

const action = "correct the lines named above; docs/pgvault.example.yaml shows every field"

// Parse parses pgvault.yaml. Its error is a [failure.Error] with one finding
// for each mistake, with line, column and field.
func Parse(data []byte) (*File, error) {
	p := fileParser{file: File{Policies: map[string]policy.Policy{}}, drills: map[string]*instance.Drill{}}
	err := yamlreader.Read(data, action, func(r *yamlreader.Reader, body ast.Node) {
		p.Reader = r
		p.document(body)
	})
	if err != nil {
		return nil, err
	}
	for i := range p.file.Instances {
		p.file.Instances[i].Owner = p.file.Owner
	}
	slices.SortFunc(p.file.Instances, func(a, b instance.Instance) int { return cmp.Compare(a.Name, b.Name) })
	return &p.file, nil
}

// fileParser parses the parts of the file.
type fileParser struct {
	*yamlreader.Reader
	file     File
	uses     []policyUse
	patterns []patternUse
	// drills are those of policies, which instances without their own have.
	drills map[string]*instance.Drill
}

// policyUse is the name of a policy in an instance, which is looked up when all
// policies are parsed.
type policyUse struct {
	instance int
	name     string
	at       *token.Token
	path     string
}

func (p *fileParser) document(body ast.Node) {
	p.Object(body, nil, "",
		yamlreader.Optional("owner", p.Text(&p.file.Owner, instance.CheckOwner)),
		yamlreader.Required("vault", p.vault),
		yamlreader.Required("policies", p.policies),
		yamlreader.Required("instances", p.instances),
		yamlreader.Optional("notifications", p.notifications),
	)
	p.resolvePolicies()
	if p.file.Owner == "" { // others' instances may be meant
		p.resolvePatterns()
	}
}

func (p *fileParser) vault(n ast.Node, path string) {
	v := &p.file.Vault
	p.file.HasSettings = p.file.HasSettings || p.Fields(n) > 1
	v.SoftDelete.Days = instance.LeastSoftDelete
	v.Sweep = instance.Sweep{
		Schedule:    policy.Schedule{Times: []policy.TimeOfDay{{Hour: 5}}}.WithDefaults(),
		OrphanGrace: policy.ClockDuration(24 * time.Hour),
	}
	p.Object(n, nil, path,
		yamlreader.Required("container", p.Text(&v.Container, instance.CheckContainerURL)),
		yamlreader.Optional("sweep", func(n ast.Node, path string) {
			p.Object(n, nil, path,
				yamlreader.Optional("schedule", p.schedule(&v.Sweep.Schedule)),
				yamlreader.Optional("orphanGrace", p.clock(&v.Sweep.OrphanGrace, time.Hour, 365*24*time.Hour)),
			)
		}),
		yamlreader.Optional("scrub", p.scrub(&v.Scrub)),
		yamlreader.Optional("softDelete", p.softDelete(&v.SoftDelete)),
		yamlreader.Optional("keepLastProven", p.flag(&v.KeepLastProven)),
		yamlreader.Optional("immutability", p.Parsed(&v.Immutability)),
		yamlreader.Optional("evidence", func(n ast.Node, path string) {
			p.Object(n, nil, path, yamlreader.Optional("keep", p.Parsed(&boundedDuration{&v.Evidence.Keep, instance.CheckEvidence})))
		}),
		yamlreader.Optional("patience", p.clock(&v.Patience, time.Minute, 24*time.Hour)),
	)
	v.Container = strings.TrimSuffix(v.Container, "/")
}

// clock returns a reader of a ClockDuration within limits.
func (p *fileParser) clock(into *policy.ClockDuration, least, most time.Duration) func(ast.Node, string) {
	return p.Parsed(&boundedClock{into: into, least: least, most: most})
}

// freshness reads the greatest age of the newest good point.
func (p *fileParser) freshness(into *policy.ClockDuration) func(ast.Node, string) {
	return p.clock(into, 10*time.Minute, 366*24*time.Hour)
}

func (p *fileParser) resolvePolicies() {
	names := slices.Sorted(maps.Keys(p.file.Policies))
	for _, use := range p.uses {
		policy, ok := p.file.Policies[use.name]
		if !ok {
			p.Problem(use.at, "%s: there is no policy %q%s", use.path, use.name,
				cmp.Or(suggest.DidYouMean(use.name, names), "; the policies here are "+cmp.Or(strings.Join(names, ", "), "none")))
		}
		i := &p.file.Instances[use.instance]
		i.Policy = policy
		if i.Drill == nil {
			i.Drill = p.drills[use.name]
		}
	}
}
