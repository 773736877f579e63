package localenv

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// SoftDelete turns on the account's soft delete of blobs. It is for versions, of
// which deleting a blob makes one: they are kept for so many days.
func (i *Immutable) SoftDelete(days int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.softDays = days
}

func (i *Immutable) softDeleteDays() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.softDays
}

// Kept returns the versions of blobs whose names have a prefix, by "NAME@ID". It
// includes deleted ones that Undelete Blob brings back now, which are false.
func (i *Immutable) Kept(container, prefix string) map[string]bool {
	kept := map[string]bool{}
	c := i.container(container)
	c.writing.Lock()
	defer c.writing.Unlock()
	for name, h := range c.blobs {
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		for _, v := range slices.Concat(h.all(), h.deleted) {
			if v.gone.IsZero() || i.recoverable(v) {
				kept[name+"@"+v.id] = v.gone.IsZero()
			}
		}
	}
	return kept
}

func (i *Immutable) recoverable(v *version) bool {
	return i.now().Before(v.gone.Add(time.Duration(i.softDeleteDays()) * 24 * time.Hour))
}

// keepDeleted has soft delete keep a version that was deleted.
func (i *Immutable) keepDeleted(h *history, v *version) {
	if i.softDeleteDays() > 0 {
		v.gone = i.now()
		h.deleted = append(h.deleted, v)
	}
}

// undelete brings all deleted versions back as previous ones, as Azure does.
func (i *Immutable) undelete(w http.ResponseWriter, h *history) {
	if h == nil {
		storageError(w, http.StatusNotFound, "BlobNotFound", "The specified blob does not exist.")
		return
	}
	for _, v := range h.deleted {
		if i.recoverable(v) {
			v.gone = time.Time{}
			h.previous = append(h.previous, v)
		}
	}
	slices.SortFunc(h.previous, func(a, b *version) int { return strings.Compare(a.id, b.id) })
	h.deleted = nil
	w.WriteHeader(http.StatusOK)
}

func (i *Immutable) serviceProperties(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusOK)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><StorageServiceProperties><DeleteRetentionPolicy><Enabled>true</Enabled><Days>%d</Days></DeleteRetentionPolicy></StorageServiceProperties>`, i.softDeleteDays())
}
