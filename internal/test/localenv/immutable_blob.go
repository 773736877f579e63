package localenv

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// blob answers a request for one blob.
func (i *Immutable) blob(w http.ResponseWriter, r *http.Request, c *versioned, name string) {
	comp, id := r.URL.Query().Get("comp"), r.URL.Query().Get("versionid")
	c.writing.Lock()
	defer c.writing.Unlock()
	switch {
	case comp == "immutabilityPolicies":
		i.policy(w, r, c.blobs[name], id)
	case r.Method == http.MethodPut && comp == "undelete":
		i.undelete(w, c.blobs[name])
	case r.Method == http.MethodPut && (comp == "" || comp == "blocklist" || comp == "metadata"):
		i.write(w, r, c, name)
	case r.Method == http.MethodDelete && id != "":
		i.deleteVersion(w, c, name, id)
	case r.Method == http.MethodDelete:
		i.hide(w, r, c, name)
	case id != "" && comp == "" && !c.isCurrent(name, id):
		c.read(w, r, name, id)
	case r.Method == http.MethodPut: // a block, a tier
		c.writing.Unlock() // sent concurrently
		defer c.writing.Lock()
		i.forward.ServeHTTP(w, r)
	default:
		if h := c.blobs[name]; h != nil && h.current != nil {
			w.Header().Set("x-ms-version-id", h.current.id)
			w.Header().Set("x-ms-is-current-version", "true")
			w = &moved{w, h.current.ahead}
		}
		c.writing.Unlock()
		defer c.writing.Lock()
		i.forward.ServeHTTP(w, r)
	}
}

// write forwards a write. The blob that it replaces becomes a noncurrent
// version.
func (i *Immutable) write(w http.ResponseWriter, r *http.Request, c *versioned, name string) {
	if r.Header.Get("x-ms-immutability-policy-mode") != "" || r.Header.Get("x-ms-immutability-policy-until-date") != "" {
		storageError(w, http.StatusNotImplemented, "NotImplemented", "The stand-in knows no policy that comes with a write.")
		return
	}
	h := c.blobs[name]
	if h == nil {
		h = &history{}
	}
	if r.URL.Query().Get("comp") == "metadata" && h.current != nil && h.current.policy.holds(i.now()) {
		refuseImmutable(w)
		return
	}
	if h.current != nil {
		i.keep(r, name, h.current)
	}
	c.serial++
	next := &version{ahead: i.lead(), id: i.now().UTC().Format("2006-01-02T15:04:05") + fmt.Sprintf(".%07dZ", c.serial)}
	if c.usual > 0 {
		next.policy = wormPolicy{until: i.now().Add(c.usual).Truncate(time.Second), mode: c.usualMode}
	}
	w.Header().Set("x-ms-version-id", next.id)
	answer := &watched{ResponseWriter: &moved{w, next.ahead}}
	i.forward.ServeHTTP(answer, r)
	if answer.status/100 != 2 {
		return
	}
	if h.current != nil {
		h.previous = append(h.previous, h.current)
	}
	h.current = next
	c.blobs[name] = h
}

// hide deletes the blob and keeps its versions.
func (i *Immutable) hide(w http.ResponseWriter, r *http.Request, c *versioned, name string) {
	h := c.blobs[name]
	if h == nil || h.current == nil {
		i.forward.ServeHTTP(w, r)
		return
	}
	i.keep(r, name, h.current)
	answer := &watched{ResponseWriter: w}
	i.forward.ServeHTTP(answer, r)
	if answer.status/100 == 2 {
		h.previous, h.current = append(h.previous, h.current), nil
	}
}

func (i *Immutable) deleteVersion(w http.ResponseWriter, c *versioned, name, id string) {
	h := c.blobs[name]
	v := h.find(id)
	switch {
	case v == nil:
		storageError(w, http.StatusNotFound, "BlobNotFound", "The specified blob does not exist.")
	case v == h.current:
		storageError(w, http.StatusForbidden, "OperationNotAllowedOnRootBlob", "The specified operation is not allowed on root blob.")
	case v.policy.holds(i.now()):
		refuseImmutable(w)
	default:
		h.previous = slices.DeleteFunc(h.previous, func(p *version) bool { return p == v })
		i.keepDeleted(h, v)
		if len(h.all())+len(h.deleted) == 0 {
			delete(c.blobs, name)
		}
		w.WriteHeader(http.StatusAccepted)
	}
}

// read returns the content of a noncurrent version.
func (c *versioned) read(w http.ResponseWriter, r *http.Request, name, id string) {
	v := c.blobs[name].find(id)
	if v == nil || v.answer.header == nil {
		storageError(w, http.StatusNotFound, "BlobNotFound", "The stand-in has no previous version of that ID.")
		return
	}
	maps.Copy(w.Header(), v.answer.header)
	w = &moved{w, v.ahead}
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(v.answer.content)
	}
}

// keep copies a version before it becomes noncurrent.
func (i *Immutable) keep(r *http.Request, name string, v *version) {
	content := i.ask(r, r.URL.Path, "")
	v.answer = stored{header: content.Header(), content: content.Body.Bytes()}
	container := strings.TrimSuffix(r.URL.Path, "/"+name)
	for _, entry := range i.entries(r, container, name) {
		if entry.Name == name {
			v.listed = entry.rest()
		}
	}
}

// ask sends Azurite a request of the stand-in's own, with the client's sign-in.
func (i *Immutable) ask(r *http.Request, path, query string) *httptest.ResponseRecorder {
	asked := httptest.NewRequestWithContext(r.Context(), http.MethodGet, "https://"+r.Host+"/", nil)
	asked.URL.Path, asked.URL.RawPath, asked.URL.RawQuery = path, "", query
	for _, name := range []string{"Authorization", "x-ms-version", "x-ms-date"} {
		asked.Header.Set(name, r.Header.Get(name))
	}
	w := httptest.NewRecorder()
	i.forward.ServeHTTP(w, asked)
	return w
}

func (c *versioned) isCurrent(name, id string) bool {
	h := c.blobs[name]
	return h != nil && h.current != nil && h.current.id == id
}

func (h *history) all() []*version {
	if h == nil {
		return nil
	}
	if h.current == nil {
		return h.previous
	}
	return append(slices.Clone(h.previous), h.current)
}

func (h *history) find(id string) *version {
	for _, v := range h.all() {
		if v.id == id {
			return v
		}
	}
	return nil
}

// watched records the answer's status.
type watched struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements [http.ResponseWriter].
func (w *watched) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }
