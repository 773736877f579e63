package vault

import (
	"context"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/blobstore"
)

// Cursor is the position of a walk over all points of a vault, small enough to
// be kept as JSON.
type Cursor struct {
	// Marker is the storage's marker of the next listing page.
	Marker string `json:"marker,omitempty"`
	// Given is the name prefix of a point that was returned whole. The next
	// page may repeat some of its blobs.
	Given string `json:"given,omitempty"`
	// Within are the instances whose folders contain the walk's position;
	// instance names may nest.
	Within []Folder `json:"within,omitempty"`
	// Done reports whether the walk has ended.
	Done bool `json:"done,omitempty"`
}

// Folder is the state of an instance, which a walk reads before the instance's
// points.
type Folder struct {
	Instance string `json:"instance"`
	// Defined reports whether there is an instance.json.
	Defined    bool            `json:"defined,omitempty"`
	Protection ProtectionState `json:"protection,omitempty"`
}

// Entry is a point, or the leftovers of an attempt, found by a walk.
type Entry struct {
	Protection ProtectionState
	Point      Point
}

// Walk walks over the given number of listing pages and calls give for each
// point once, grouped by instance, oldest first. A page has at most size blobs;
// 0 means the storage's default. Walk reads listing pages only. It leaves out
// points of folders without an instance definition.
func (v *Vault) Walk(ctx context.Context, from Cursor, pages int, size int32, give func(Entry) error) (Cursor, error) {
	w := walker{vault: v, cursor: from, give: give}
	for range pages {
		page, next, err := v.container.ListPage(ctx, instancesRoot, w.cursor.Marker, size)
		if err != nil {
			return w.cursor, err
		}
		for _, blob := range page {
			if err := w.take(blob); err != nil {
				return w.cursor, err
			}
		}
		w.cursor.Marker, w.cursor.Done = next, next == ""
		if w.cursor.Done {
			return w.cursor, w.flush()
		}
	}
	err := w.complete(ctx)
	return w.cursor, err
}

type walker struct {
	vault  *Vault
	cursor Cursor
	give   func(Entry) error
	// point is the point whose blobs are being collected.
	point *Point
}

func (w *walker) take(blob blobstore.Blob) error {
	path := strings.TrimPrefix(blob.Name, instancesRoot)
	instance, inPoint, ok := strings.Cut(path, "/points/")
	id, _, inFolder := strings.Cut(inPoint, "/")
	if w.point != nil && (w.point.Instance != instance || w.point.ID != id) {
		if err := w.flush(); err != nil {
			return err
		}
	}
	switch {
	case !ok:
		w.folder(blob, path)
		return nil
	case !inFolder, w.cursor.Given != "" && strings.HasPrefix(blob.Name, w.cursor.Given):
		return nil
	case w.point == nil:
		w.point = &Point{Instance: instance, ID: id}
	}
	w.point.add(blob)
	return nil
}

// folder records the state of an instance from a blob beside its points.
func (w *walker) folder(blob blobstore.Blob, path string) {
	cut := strings.LastIndex(path, "/")
	if cut < 0 {
		return
	}
	name, file := path[:cut], path[cut+1:]
	if blob.Previous || file != definitionName && file != protectionName {
		return
	}
	w.cursor.Within = slices.DeleteFunc(w.cursor.Within, func(f Folder) bool { return !strings.HasPrefix(name+"/", f.Instance+"/") })
	at := slices.IndexFunc(w.cursor.Within, func(f Folder) bool { return f.Instance == name })
	if at < 0 {
		at = len(w.cursor.Within)
		w.cursor.Within = append(w.cursor.Within, Folder{Instance: name})
	}
	if file == definitionName {
		w.cursor.Within[at].Defined = true
		return
	}
	w.cursor.Within[at].Protection = readProtection(blob).State
}

// flush yields the current point, whose blobs have all been seen.
func (w *walker) flush() error {
	if w.point == nil {
		return nil
	}
	point := *w.point
	w.point = nil
	point.read()
	return w.hand(point)
}

// hand yields a point if its folder belongs to an instance.
func (w *walker) hand(point Point) error {
	at := slices.IndexFunc(w.cursor.Within, func(f Folder) bool { return f.Instance == point.Instance })
	if at < 0 || !w.cursor.Within[at].Defined {
		return nil
	}
	return w.give(Entry{Protection: w.cursor.Within[at].Protection, Point: point})
}

// complete lists the current point again, which the last page may have cut, so
// that the cursor need not hold it.
func (w *walker) complete(ctx context.Context) error {
	if w.point == nil {
		return nil
	}
	instance, prefix := w.point.Instance, pointPrefix(w.point.Instance, w.point.ID)
	points, err := w.vault.listPoints(ctx, instance, prefix)
	if err != nil {
		return err
	}
	w.cursor.Given, w.point = prefix, nil
	if len(points) == 0 {
		return nil
	}
	return w.hand(points[0])
}
