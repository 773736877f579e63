package azurepolicy

import (
	"github.com/pgvault/pgvault/internal/policy"
)

// lifecycleRule is a retention rule in the file.
type lifecycleRule struct {
	path      string
	name      string
	byDefault bool
	// standard and archive are the paths of the lifecycles; empty if there is
	// none.
	standard, archive string
	standardFor       policy.Duration
	archiveFor        policy.Duration
	// copies is the path of the setting that copies to the archive.
	copies string
}

func (p *policyReader) retentionRule(v any, path string) {
	rule := lifecycleRule{path: path}
	p.object(v, path, append(ignored("objectType"),
		field{"name", true, p.stringTo(&rule.name)},
		field{"isDefault", false, p.truth(&rule.byDefault)},
		field{"lifecycles", true, func(v any, path string) {
			p.list(v, path, func(v any, path string) { p.lifecycle(&rule, v, path) })
		}},
	)...)
	if rule.standard == "" {
		p.problem(join(path, "lifecycles"), "has none for VaultStore")
	}
	p.rules = append(p.rules, rule)
}

func (p *policyReader) lifecycle(rule *lifecycleRule, v any, path string) {
	var store, object string
	var keep policy.Duration
	copies := ""
	p.object(v, path,
		field{"sourceDataStore", true, p.store(&store, "VaultStore", "ArchiveStore")},
		field{"deleteAfter", true, func(v any, path string) {
			p.object(v, path,
				field{"objectType", false, p.oneOf(&object, "AbsoluteDeleteOption")},
				field{"duration", true, p.duration(&keep)},
			)
		}},
		field{"targetDataStoreCopySettings", false, func(v any, path string) { copies = p.copySettings(v, path) }},
	)
	switch {
	case store == "VaultStore" && rule.standard == "":
		rule.standard, rule.standardFor, rule.copies = path, keep, copies
	case store == "ArchiveStore" && rule.archive == "" && copies == "":
		rule.archive, rule.archiveFor = path, keep
	case store == "ArchiveStore" && copies != "":
		p.problem(copies, "copies out of the archive, which cannot be carried over")
	case store != "":
		p.problem(path, "is a second lifecycle for %s", store)
	}
}

// copySettings reads the three shapes in Azure's documentation: a list, a
// single object and null. It returns the path of the copy; empty if there is
// none.
func (p *policyReader) copySettings(v any, path string) string {
	items, ok := v.([]any)
	if !ok {
		p.copySetting(v, path)
		return path
	}
	if len(items) == 0 {
		return ""
	}
	if len(items) > 1 {
		p.problem(path, "copies to %d places; what can be carried over is one, the archive", len(items))
	}
	p.list(v, path, p.copySetting)
	return path
}

func (p *policyReader) copySetting(v any, path string) {
	var store, object string
	p.object(v, path,
		field{"dataStore", true, p.store(&store, "ArchiveStore")},
		field{"copyAfter", true, func(v any, path string) {
			p.object(v, path, append(ignored("duration"), field{"objectType", true, p.oneOf(&object, "CopyOnExpiryOption")})...)
		}},
	)
}
