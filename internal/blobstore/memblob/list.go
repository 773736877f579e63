package memblob

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// entry is one blob or directory of a listing.
type entry struct {
	// key orders the entries. It is the marker of a page that begins with the
	// entry.
	key  string
	blob *version // nil for a directory
	dir  string
}

// List implements [blobstore.Backend].
func (s *Store) List(ctx context.Context, l blobstore.Listing) (page blobstore.Page, err error) {
	err = s.do(ctx, List, func() error {
		if l.Versions && l.Delimiter != "" {
			return errors.New("a listing has versions or directories, and not both")
		}
		from, err := base64.StdEncoding.DecodeString(l.Marker)
		if err != nil {
			return fmt.Errorf("marker %q is none of this store", l.Marker)
		}
		size := s.o.PageSize
		if l.Limit > 0 {
			size = min(size, int(l.Limit))
		}
		entries := s.entries(l)
		entries = entries[sort.Search(len(entries), func(i int) bool { return entries[i].key >= string(from) }):]
		if len(entries) > size {
			page.Next = base64.StdEncoding.EncodeToString([]byte(entries[size].key))
			entries = entries[:size]
		}
		for _, e := range entries {
			if e.blob == nil {
				page.Dirs = append(page.Dirs, e.dir)
				continue
			}
			b := e.blob.shown()
			if !l.Versions {
				b.Version, b.Policy = "", blobstore.ImmutabilityPolicy{}
			}
			page.Blobs = append(page.Blobs, b)
		}
		return nil
	})
	return page, err
}

// entries returns all entries of a listing.
func (s *Store) entries(l blobstore.Listing) (all []entry) {
	for _, name := range slices.Sorted(maps.Keys(s.blobs)) {
		rest, found := strings.CutPrefix(name, l.Prefix)
		if !found {
			continue
		}
		for _, v := range s.blobs[name].listed(l.Versions) {
			if dir, isDir := directory(l, rest); isDir {
				if len(all) == 0 || all[len(all)-1].dir != dir {
					all = append(all, entry{key: dir, dir: dir})
				}
				continue
			}
			all = append(all, entry{key: fmt.Sprintf("%s\x00%012d", name, v.serial), blob: v})
		}
	}
	return all
}

// listed returns the versions that a listing includes.
func (h *history) listed(previous bool) []*version {
	var all []*version
	if previous {
		all = slices.Clone(h.previous)
	}
	if h.current != nil {
		all = append(all, h.current)
	}
	return all
}

// directory returns the directory of a name. rest is the name without the
// prefix.
func directory(l blobstore.Listing, rest string) (dir string, ok bool) {
	if l.Delimiter == "" {
		return "", false
	}
	before, _, ok := strings.Cut(rest, l.Delimiter)
	return l.Prefix + before + l.Delimiter, ok
}
