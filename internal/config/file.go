package config

import (
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// File is the content of pgvault.yaml, with its defaults filled in.
type File struct {
	// Owner is who decides about the file's instances; empty for a vault with one
	// file.
	Owner string `json:",omitempty"`
	// HasSettings reports whether the file has settings of the vault besides the
	// container's URL.
	HasSettings bool `json:"-"`
	Vault       instance.VaultSettings
	Policies    map[string]policy.Policy
	Instances   []instance.Instance // sorted by name
}
