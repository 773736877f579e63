package config

import (
	"cmp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

const action = "correct the lines named above; docs/pgvault.example.yaml shows every field"

// Parse parses pgvault.yaml. Its error is a [failure.Error] with one finding
// for each mistake, with line, column and field.
func Parse(data []byte) (*File, error) { return ParseAll([]Source{{Data: data}}) }

// fileParser parses one file of a configuration.
type fileParser struct {
	*yamlreader.Reader
	name string
	// alone reports whether the configuration has no other file.
	alone    bool
	file     File
	uses     []policyUse
	patterns []patternUse
	// drills are those of policies, which instances without their own have.
	drills map[string]*instance.Drill
	// defined are the places of the file's definitions, by path.
	defined map[string]*token.Token
	// settings is where the settings of the vault begin, and container where its
	// container stands.
	settings, container *token.Token
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
	// Another file may have the rest.
	part := yamlreader.Optional
	if p.alone {
		part = yamlreader.Required
	}
	p.Object(body, nil, "",
		yamlreader.Optional("owner", p.Text(&p.file.Owner, instance.CheckOwner)),
		part("vault", p.vault),
		part("policies", p.policies),
		part("instances", p.instances),
		yamlreader.Optional("notifications", p.notifications),
	)
}

func (p *fileParser) vault(n ast.Node, path string) {
	v := &p.file.Vault
	p.container = yamlreader.FirstToken(p.Peek(n))
	if p.Fields(n) > 1 {
		p.hasSettings(p.container)
	}
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

// hasSettings records that settings of the vault begin at a token.
func (p *fileParser) hasSettings(at *token.Token) {
	p.file.HasSettings = true
	p.settings = cmp.Or(p.settings, at)
}

// clock returns a reader of a ClockDuration within limits.
func (p *fileParser) clock(into *policy.ClockDuration, least, most time.Duration) func(ast.Node, string) {
	return p.Parsed(&boundedClock{into: into, least: least, most: most})
}

// freshness reads the greatest age of the newest good point.
func (p *fileParser) freshness(into *policy.ClockDuration) func(ast.Node, string) {
	return p.clock(into, 10*time.Minute, 366*24*time.Hour)
}
