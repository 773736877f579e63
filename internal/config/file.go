package config

import (
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// File is the content of pgvault.yaml, with its defaults filled in.
type File struct {
	Vault     instance.VaultSettings
	Policies  map[string]policy.Policy
	Instances []instance.Instance // sorted by name
}
