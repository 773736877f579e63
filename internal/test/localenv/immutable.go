package localenv

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Immutable is a storage account that keeps versions of blobs and knows
// immutability policies, for those of its containers that [Immutable.Enable]
// names: a strict stand-in, since Azurite has neither. It stands before Azurite,
// which does all else, and demands what Azure's documentation demands:
//
//   - a policy is set on a version that exists, with x-ms-version 2020-06-12 or
//     newer, an RFC 1123 date that is to come, and a mode that there is;
//   - an unlocked policy may become any other; a locked one only longer;
//   - Delete Blob without a version hides the blob, whatever its policy, and the
//     current version becomes a previous one;
//   - a version is deleted by its ID once it is not the current one, and no
//     policy of either mode keeps it;
//   - Put Blob and Put Block List over a blob leave its old version with the
//     policy that it had, and Set Blob Metadata is refused while there is one;
//   - a container's default policy comes upon each version that is written;
//   - Last-Modified is by the clock that [Immutable.Advance] moves, in listings of
//     versions and in answers about a blob;
//   - with [Immutable.SoftDelete], a version that is deleted can be had back by
//     Undelete Blob for so many days, and Get Blob Service Properties says so.
//
// Made up, since nothing that was read tells them: what a container that is not
// enabled answers to Set Blob Immutability Policy (409 FeatureNotEnabled), the
// codes for malformed headers (400 InvalidHeaderValue), and that deleting a
// policy that is not there succeeds. Policies that come with a write, snapshots,
// legal holds and the soft delete of containers are not known here.
type Immutable struct {
	*Proxy

	mu         sync.Mutex
	containers map[string]*versioned
	ahead      time.Duration
	softDays   int
}

// versioned is a container that keeps versions.
type versioned struct {
	// writing serializes changes.
	writing sync.Mutex
	blobs   map[string]*history
	// usual is the duration of the default policy for written blobs; its mode
	// follows.
	usual     time.Duration
	usualMode string
	serial    int
}

// history is the versions of one blob.
type history struct {
	current  *version
	previous []*version // oldest first
	deleted  []*version // that Undelete Blob may bring back
}

// version is a version of a blob. A noncurrent version has a copy of its
// content.
type version struct {
	id     string
	policy wormPolicy
	// ahead is how far the storage's clock was ahead of Azurite's at the write.
	ahead time.Duration
	// gone is when the version was deleted; zero if it was not.
	gone time.Time
	// listed is its entry in a listing, without the name.
	listed string
	answer stored
}

// stored is the content of a noncurrent version, for reads.
type stored struct {
	header  http.Header
	content []byte
}

// StartImmutable starts the stand-in in front of a storage account.
func StartImmutable(upstream string, ca *CA) (*Immutable, error) {
	p, err := StartProxy(upstream, ca)
	if err != nil {
		return nil, err
	}
	i := &Immutable{Proxy: p, containers: map[string]*versioned{}}
	p.Answer(-1, nil, i.serve)
	return i, nil
}

// Enable makes a container keep versions and support policies. Call it before
// anything is written to the container.
func (i *Immutable) Enable(container string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.containers[container] = &versioned{blobs: map[string]*history{}}
}

// SetDefault sets a container's default policy for blobs written from now on.
func (i *Immutable) SetDefault(container string, keep time.Duration, mode string) {
	c := i.container(container)
	c.writing.Lock()
	defer c.writing.Unlock()
	c.usual, c.usualMode = keep, mode
}

// Advance advances the storage's clock.
func (i *Immutable) Advance(by time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ahead += by
}

func (i *Immutable) now() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return time.Now().Add(i.ahead)
}

// container returns nil for a container without versions.
func (i *Immutable) container(name string) *versioned {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.containers[name]
}

// Versions returns the number of versions of blobs with the name prefix.
func (i *Immutable) Versions(container, prefix string) (n int) {
	c := i.container(container)
	c.writing.Lock()
	defer c.writing.Unlock()
	for name, h := range c.blobs {
		if strings.HasPrefix(name, prefix) {
			n += len(h.all())
		}
	}
	return n
}

func (i *Immutable) serve(w http.ResponseWriter, r *http.Request) {
	_, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	name, blob, inContainer := strings.Cut(path, "/")
	c := i.container(name)
	w = &dated{ResponseWriter: w, now: i.now}
	query := r.URL.Query()
	switch {
	case i.softDeleteDays() > 0 && r.Method == http.MethodGet && query.Get("restype") == "service" && query.Get("comp") == "properties":
		i.serviceProperties(w)
	case c == nil && query.Get("comp") == "immutabilityPolicies":
		storageError(w, http.StatusConflict, "FeatureNotEnabled", "Version-level immutability is not enabled for the container.")
	case c == nil:
		i.forward.ServeHTTP(w, r)
	case inContainer && blob != "":
		i.blob(w, r, c, blob)
	case query.Get("comp") == "list" && strings.Contains(query.Get("include"), "versions"):
		i.list(w, r, c)
	default:
		i.forward.ServeHTTP(w, r)
	}
}

// dated replaces the time in answers by the storage's.
type dated struct {
	http.ResponseWriter
	now func() time.Time
}

// WriteHeader implements [http.ResponseWriter].
func (d *dated) WriteHeader(status int) {
	d.Header().Set("Date", d.now().UTC().Format(http.TimeFormat))
	d.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (d *dated) Unwrap() http.ResponseWriter { return d.ResponseWriter }
