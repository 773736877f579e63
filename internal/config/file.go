package config

import (
	"fmt"
	"slices"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// File is the content of pgvault.yaml, or of several files, with its defaults
// filled in.
type File struct {
	// Owner is who decides about the vault's settings: the owner of the file that has
	// any. It is empty for a vault with one file.
	Owner string `json:",omitempty"`
	// Owners are the owners of all files, who decide about their instances.
	Owners []string `json:"-"`
	// HasSettings reports whether a file has settings of the vault besides the
	// container's URL.
	HasSettings bool `json:"-"`
	// Places are where the instances stand, by name.
	Places    map[string]Place `json:"-"`
	Vault     instance.VaultSettings
	Policies  map[string]policy.Policy
	Instances []instance.Instance // sorted by name
}

// Of reports whether one of the files is an owner's.
func (f *File) Of(owner string) bool { return slices.Contains(f.Owners, owner) }

// Owned reports whether a file names an owner, so that there may be others.
func (f *File) Owned() bool {
	return slices.ContainsFunc(f.Owners, func(owner string) bool { return owner != "" })
}

// Place is a place in a file.
type Place struct {
	File string
	Line int
}

// String returns the file and the line: "shop.yaml, line 5".
func (p Place) String() string {
	if p.File == "" {
		return fmt.Sprintf("line %d", p.Line)
	}
	return fmt.Sprintf("%s, line %d", p.File, p.Line)
}
