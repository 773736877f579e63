package vault

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// foldersAtOnce is the number of folders that are listed concurrently.
const foldersAtOnce = 8

// ListInstances returns the names of all instances, sorted.
func (v *Vault) ListInstances(ctx context.Context) ([]string, error) {
	states, err := v.ListInstanceStates(ctx)
	var names []string
	for i := range states {
		names = append(names, states[i].Name)
	}
	return names, err
}

// ListInstanceStates returns the states of all instances, sorted by name. It lists
// folder by folder and skips the points' folders, which may be very large.
func (v *Vault) ListInstanceStates(ctx context.Context) ([]InstanceState, error) {
	var all []InstanceState
	for level := []string{instancesRoot}; len(level) > 0; {
		found := make([]folderListing, len(level))
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(foldersAtOnce)
		for n, folder := range level {
			group.Go(func() (err error) {
				found[n], err = v.listFolder(ctx, folder)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			return nil, err
		}
		level = nil
		for _, f := range found {
			if f.defined {
				all = append(all, f.state)
			}
			level = append(level, f.inner...)
		}
	}
	slices.SortFunc(all, func(a, b InstanceState) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// folderListing is what a folder below [instancesRoot] contains.
type folderListing struct {
	state   InstanceState
	defined bool
	// inner are the folders below, without the points'.
	inner []string
}

func (v *Vault) listFolder(ctx context.Context, folder string) (folderListing, error) {
	blobs, inner, err := v.container.ListDirs(ctx, folder)
	if err != nil {
		return folderListing{}, err
	}
	f := folderListing{state: newState(strings.TrimSuffix(strings.TrimPrefix(folder, instancesRoot), "/"))}
	for _, blob := range blobs {
		f.state.read(blob)
	}
	f.defined = f.state.definition.Name != ""
	f.inner = slices.DeleteFunc(inner, func(name string) bool { return strings.HasSuffix(name, "/points/") })
	return f, nil
}
