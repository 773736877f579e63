package localenv

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Rehydrations delays copies of archived blobs, which Azurite makes at once.
// Until [Rehydrations.Finish] such a copy is pending: it cannot be read, and
// must be aborted before it can be deleted. Requests that Azure would reject
// are rejected.
type Rehydrations struct {
	proxy *Proxy
	mu    sync.Mutex
	// status and priority are those of each copy, by its path.
	status, priority map[string]string
	asked, raised    []string
	done             bool
}

const (
	copyPending = "pending"
	copyFailed  = "failed"
	copyAborted = "aborted"
)

// DelayRehydrations delays the rehydrations requested from now on.
func (p *Proxy) DelayRehydrations() *Rehydrations {
	r := &Rehydrations{proxy: p, status: map[string]string{}, priority: map[string]string{}}
	p.Answer(-1, r.concerns, r.serve)
	return r
}

// Finish makes all copies readable, and later ones at once.
func (r *Rehydrations) Finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done = true
	r.status = map[string]string{}
}

// Fail makes the pending copies fail.
func (r *Rehydrations) Fail() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for path, status := range r.status {
		if status == copyPending {
			r.status[path] = copyFailed
		}
	}
}

// Asked returns the priorities of the requested copies, in order.
func (r *Rehydrations) Asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// Raised returns the paths of the copies whose priority was raised, in order.
func (r *Rehydrations) Raised() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.raised)
}

// Pending returns the number of pending copies.
func (r *Rehydrations) Pending() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, status := range r.status {
		if status == copyPending {
			n++
		}
	}
	return n
}

func (r *Rehydrations) of(path string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.status[path]
}

func (r *Rehydrations) concerns(request *http.Request) bool {
	asks := request.Method == http.MethodPut && request.Header.Get("x-ms-copy-source") != ""
	return asks || r.of(request.URL.Path) != ""
}

func (r *Rehydrations) serve(w http.ResponseWriter, request *http.Request) {
	status := r.of(request.URL.Path)
	switch {
	case request.Method == http.MethodPut && request.Header.Get("x-ms-copy-source") != "":
		r.begin(w, request)
	case request.Method == http.MethodPut && request.URL.Query().Get("comp") == "copy":
		r.abort(w, request, status)
	case request.Method == http.MethodPut && request.URL.Query().Get("comp") == "tier" && status == copyPending:
		r.raise(w, request)
	case request.Method == http.MethodDelete && status == copyPending:
		storageError(w, http.StatusConflict, "PendingCopyOperation", "There is currently a pending copy operation.")
	case request.Method == http.MethodGet && status == copyPending:
		storageError(w, http.StatusConflict, "BlobArchived", "This operation is not permitted on an archived blob.")
	case request.Method == http.MethodHead:
		r.proxy.forward.ServeHTTP(&copyProperties{ResponseWriter: w, status: status}, request)
	default:
		r.proxy.forward.ServeHTTP(w, request)
	}
}

// begin checks what Azure requires of a copy of an archived blob.
func (r *Rehydrations) begin(w http.ResponseWriter, request *http.Request) {
	tier, priority := request.Header.Get("x-ms-access-tier"), request.Header.Get("x-ms-rehydrate-priority")
	switch {
	case !slices.Contains([]string{"Hot", "Cool", "Cold"}, tier):
		storageError(w, http.StatusConflict, "BlobArchived", "This operation is not permitted on an archived blob.")
		return
	case priority != "Standard" && priority != "High":
		storageError(w, http.StatusBadRequest, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified: x-ms-rehydrate-priority.")
		return
	case request.Header.Get("x-ms-source-if-match") == "" || request.Header.Get("If-None-Match") != "*":
		storageError(w, http.StatusBadRequest, "MissingRequiredHeader", "The copy would be made of any blob, or over any other.")
		return
	case strings.HasSuffix(request.Header.Get("x-ms-copy-source"), request.URL.EscapedPath()):
		storageError(w, http.StatusConflict, "BlobArchived", "An archived blob cannot be copied over itself.")
		return
	}
	answer := &copyBegun{ResponseWriter: w, begun: func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.asked = append(r.asked, priority)
		if !r.done {
			r.status[request.URL.Path], r.priority[request.URL.Path] = copyPending, priority
		}
	}}
	r.proxy.forward.ServeHTTP(answer, request)
}

// raise changes a copy's priority from standard to high: never back, and only
// by setting the copy's target tier.
func (r *Rehydrations) raise(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	path, tier, priority := request.URL.Path, request.Header.Get("x-ms-access-tier"), request.Header.Get("x-ms-rehydrate-priority")
	if tier != "Hot" || priority != "High" {
		storageError(w, http.StatusConflict, "BlobBeingRehydrated", "This operation is not permitted because the blob is being rehydrated.")
		return
	}
	if r.priority[path] != priority {
		r.priority[path], r.raised = priority, append(r.raised, path)
	}
	w.WriteHeader(http.StatusAccepted)
}

func (r *Rehydrations) abort(w http.ResponseWriter, request *http.Request, status string) {
	switch {
	case request.Header.Get("x-ms-copy-action") != "abort" || request.URL.Query().Get("copyid") == "":
		storageError(w, http.StatusBadRequest, "MissingRequiredHeader", "x-ms-copy-action or copyid is missing.")
		return
	case status != copyPending:
		storageError(w, http.StatusConflict, "NoPendingCopyOperation", "There is currently no pending copy operation.")
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status[request.URL.Path] = copyAborted
	w.WriteHeader(http.StatusNoContent)
}

// copyBegun records that the storage has accepted a copy.
type copyBegun struct {
	http.ResponseWriter
	begun func()
}

func (w *copyBegun) WriteHeader(status int) {
	if status == http.StatusAccepted {
		w.begun()
		w.Header().Set("x-ms-copy-status", copyPending)
	}
	w.ResponseWriter.WriteHeader(status)
}

// copyProperties shows a copy as pending or failed.
type copyProperties struct {
	http.ResponseWriter
	status string
}

func (w *copyProperties) WriteHeader(status int) {
	w.Header().Set("x-ms-copy-status", w.status)
	switch w.status {
	case copyPending:
		w.Header().Set("x-ms-access-tier", "Archive")
		w.Header().Set("x-ms-archive-status", "rehydrate-pending-to-hot")
	case copyFailed, copyAborted:
		w.Header().Set("x-ms-copy-status-description", "500 InternalServerError \"a fault that a test asked for\"")
		w.Header().Set("Content-Length", "0")
	}
	w.ResponseWriter.WriteHeader(status)
}
