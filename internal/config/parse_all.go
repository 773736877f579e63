package config

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/failure/suggest"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// Source is one file of a configuration.
type Source struct {
	// Name is the name of the file in messages. It may be empty if there is one file.
	Name string
	Data []byte
}

// ParseAll parses several files as one configuration. A policy serves the instances
// of all files; an instance belongs to the owner of its file. The error is that of
// [Parse], with the name of the file before the mistakes of each.
func ParseAll(sources []Source) (*File, error) {
	var all files
	readable := true
	for _, source := range sources {
		p := &fileParser{
			name: source.Name, alone: len(sources) == 1,
			file:   File{Policies: map[string]policy.Policy{}},
			drills: map[string]*instance.Drill{}, defined: map[string]*token.Token{},
		}
		all = append(all, p)
		r, body, ok := yamlreader.Open(source.Data)
		if p.Reader = r; ok {
			p.document(body)
		}
		readable = readable && ok
	}
	if !readable { // others may need what that file defines
		return nil, all.failure()
	}
	file := all.merge()
	if err := all.failure(); err != nil {
		return nil, err
	}
	return file, nil
}

// files are the parsed files of one configuration.
type files []*fileParser

// merge puts the files together, and records their contradictions as mistakes.
func (all files) merge() *File {
	merged := File{Policies: map[string]policy.Policy{}, Places: map[string]Place{}}
	all.mergeVault(&merged)
	drills := map[string]*instance.Drill{}
	for i, p := range all {
		merged.Owners = append(merged.Owners, p.file.Owner)
		maps.Copy(merged.Policies, p.file.Policies)
		maps.Copy(drills, p.drills)
		for path, at := range p.defined {
			all[:i].checkUndefined(p, path, at)
		}
	}
	for _, p := range all {
		p.resolvePolicies(merged.Policies, drills)
		for i := range p.file.Instances {
			found := &p.file.Instances[i]
			found.Owner = p.file.Owner
			merged.Instances = append(merged.Instances, *found)
			merged.Places[found.Name] = Place{File: p.name, Line: lineOf(p.defined[instancePath(found.Name)])}
		}
	}
	slices.SortFunc(merged.Instances, func(a, b instance.Instance) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range all {
		if p.file.Owner == "" { // others' instances may be meant
			p.resolvePatterns(merged.Instances)
		}
	}
	return &merged
}

// mergeVault takes the vault's settings from the file that has any.
func (all files) mergeVault(merged *File) {
	var container, settings *fileParser
	for _, p := range all {
		url := p.file.Vault.Container
		switch {
		case url == "":
		case container == nil:
			container = p
		case url != container.file.Vault.Container:
			p.Problem(p.container, "vault.container: is not that of %s (%s); files for several vaults are applied one by one", container.name, container.file.Vault.Container)
		}
		switch {
		case !p.file.HasSettings:
		case settings == nil:
			settings = p
		default:
			p.Problem(p.settings, "vault: settings of the vault stand in %s too, line %d; keep all of them in one file", settings.name, lineOf(settings.settings))
		}
	}
	if container == nil {
		if !all[0].alone {
			all[0].Problem(nil, "vault: missing in all files; add it to one")
		}
		container = all[0]
	}
	with := cmp.Or(settings, container)
	merged.Owner, merged.HasSettings, merged.Vault = with.file.Owner, settings != nil, with.file.Vault
	merged.Vault.Container = container.file.Vault.Container
}

// checkUndefined records a mistake if one of the files defines what p does.
func (all files) checkUndefined(p *fileParser, path string, at *token.Token) {
	for _, other := range all {
		if first := other.defined[path]; first != nil {
			p.Problem(at, "%s: stands in %s too, line %d; remove one of them", path, other.name, lineOf(first))
			return
		}
	}
}

// lineOf returns the line of a token; 1 if it has none.
func lineOf(at *token.Token) int {
	if at == nil || at.Position == nil {
		return 1
	}
	return at.Position.Line
}

func (p *fileParser) resolvePolicies(policies map[string]policy.Policy, drills map[string]*instance.Drill) {
	names := slices.Sorted(maps.Keys(policies))
	for _, use := range p.uses {
		policy, ok := policies[use.name]
		if !ok {
			p.Problem(use.at, "%s: there is no policy %q%s", use.path, use.name,
				cmp.Or(suggest.DidYouMean(use.name, names), "; the policies here are "+cmp.Or(strings.Join(names, ", "), "none")))
		}
		i := &p.file.Instances[use.instance]
		i.Policy = policy
		if i.Drill == nil {
			i.Drill = drills[use.name]
		}
	}
}

// failure returns the mistakes of all files, or nil if there is none.
func (all files) failure() error {
	var lines []string
	var findings []failure.Finding
	for _, p := range all {
		var f *failure.Error
		if !errors.As(p.Failure(action), &f) {
			continue
		}
		if p.name != "" {
			lines = append(lines, p.name)
		}
		lines = append(lines, f.Message)
		for _, finding := range f.Findings {
			if p.name != "" {
				finding.Message = p.name + ", " + finding.Message
			}
			findings = append(findings, finding)
		}
	}
	if len(findings) == 0 {
		return nil
	}
	err := failure.New(failure.InvalidConfiguration, action, "%s", strings.Join(lines, "\n"))
	err.Findings = findings
	return err
}
