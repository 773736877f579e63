package azurepolicy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/policy"
)

// policyReader reads the parts of a policy.
type policyReader struct {
	reader
	policy policy.Policy
	tags   []tag
	rules  []lifecycleRule
	starts []start
	// scheduled is the path of the backup rule; empty if none was read.
	scheduled string
}

// document reads a policy, or the resource around one.
func (p *policyReader) document(v any) {
	members, ok := v.([]member)
	wrapped := ok && slices.ContainsFunc(members, func(m member) bool { return strings.EqualFold(m.name, "properties") })
	if !wrapped {
		p.properties(v, "")
		return
	}
	p.object(v, "", append(ignored("id", "type", "systemData", "resourceGroup", "tags", "eTag", "location", "apiVersion", "dependsOn", "scope"),
		field{"name", false, p.stringTo(&p.policy.Name)},
		field{"properties", true, p.properties},
	)...)
}

func (p *policyReader) properties(v any, path string) {
	var object, name string
	p.object(v, path,
		field{"objectType", false, p.oneOf(&object, "BackupPolicy")},
		field{"name", false, p.stringTo(&name)},
		field{"datasourceTypes", false, p.datasources},
		field{"policyRules", true, func(v any, path string) {
			p.list(v, path, p.rule)
			if p.scheduled == "" {
				p.problem(path, "has no rule of objectType AzureBackupRule, so no schedule")
			}
		}},
	)
	if p.policy.Name == "" {
		p.policy.Name = name
	}
}

func (p *policyReader) datasources(v any, path string) {
	p.list(v, path, p.text(func(text, path string) error {
		if !strings.HasPrefix(strings.ToLower(text), "microsoft.dbforpostgresql/") {
			p.note(path, "is for %s; here it is for a PostgreSQL database", text)
		}
		return nil
	}))
}

// rule reads a rule according to its objectType.
func (p *policyReader) rule(v any, path string) {
	members, _ := v.([]member)
	i := slices.IndexFunc(members, func(m member) bool { return strings.EqualFold(m.name, "objectType") })
	if i < 0 {
		p.problem(join(path, "objectType"), "is missing")
		return
	}
	switch kind := fmt.Sprint(members[i].value); {
	case strings.EqualFold(kind, "AzureBackupRule"):
		p.backupRule(v, path)
	case strings.EqualFold(kind, "AzureRetentionRule"):
		p.retentionRule(v, path)
	default:
		p.problem(join(path, members[i].name), "%q is neither AzureBackupRule nor AzureRetentionRule", kind)
	}
}

func (p *policyReader) backupRule(v any, path string) {
	if p.scheduled != "" {
		p.problem(path, "is a second AzureBackupRule, beside %s; a policy has one", p.scheduled)
		return
	}
	p.scheduled = path
	var object string
	p.object(v, path, append(ignored("objectType", "name"),
		field{"backupParameters", false, func(v any, path string) {
			p.object(v, path,
				field{"objectType", false, p.oneOf(&object, "AzureBackupParams")},
				field{"backupType", false, p.text(func(text, path string) error {
					if !strings.EqualFold(text, "Full") {
						p.note(path, "is %s; here every backup is a full one", text)
					}
					return nil
				})})
		}},
		field{"dataStore", false, p.store(&object, "VaultStore")},
		field{"trigger", true, p.trigger},
	)...)
}

// store returns a reader of a data store, which must be one of those named.
func (p *policyReader) store(into *string, known ...string) func(any, string) {
	return func(v any, path string) {
		var object string
		p.object(v, path,
			field{"objectType", false, p.oneOf(&object, "DataStoreInfoBase")},
			field{"dataStoreType", true, p.oneOf(into, known...)},
		)
	}
}
