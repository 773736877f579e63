package localenv

import (
	"net/http"
	"time"
)

// wormPolicy is an immutability policy; the zero value means none.
type wormPolicy struct {
	until time.Time
	mode  string // "Unlocked" or "Locked"
}

func (p wormPolicy) holds(now time.Time) bool { return now.Before(p.until) }

const (
	policyUntil = "x-ms-immutability-policy-until-date"
	policyMode  = "x-ms-immutability-policy-mode"

	unlocked = "Unlocked"
	locked   = "Locked"

	// firstPolicyVersion is the first REST API version with these calls.
	firstPolicyVersion = "2020-06-12"
)

// policy sets or deletes the policy of a version: the current one, or the one
// with the ID.
func (i *Immutable) policy(w http.ResponseWriter, r *http.Request, h *history, id string) {
	if r.Header.Get("x-ms-version") < firstPolicyVersion {
		storageError(w, http.StatusBadRequest, "InvalidHeaderValue", "x-ms-version is older than immutability policies.")
		return
	}
	var v *version
	switch {
	case h != nil && id == "":
		v = h.current
	case h != nil:
		v = h.find(id)
	}
	switch {
	case v == nil:
		storageError(w, http.StatusNotFound, "BlobNotFound", "The specified blob does not exist.")
	case r.Method == http.MethodPut:
		i.setPolicy(w, r, v)
	case r.Method == http.MethodDelete && v.policy.mode == locked:
		refuseImmutable(w)
	case r.Method == http.MethodDelete:
		v.policy = wormPolicy{}
		w.WriteHeader(http.StatusOK)
	default:
		storageError(w, http.StatusMethodNotAllowed, "UnsupportedHttpVerb", "The resource doesn't support the specified HTTP verb.")
	}
}

func (i *Immutable) setPolicy(w http.ResponseWriter, r *http.Request, v *version) {
	next := wormPolicy{mode: r.Header.Get(policyMode)}
	if next.mode == "" {
		next.mode = unlocked
	}
	var err error
	next.until, err = time.Parse(http.TimeFormat, r.Header.Get(policyUntil))
	switch {
	case err != nil, !i.now().Before(next.until):
		storageError(w, http.StatusBadRequest, "InvalidHeaderValue", policyUntil+" is not an RFC 1123 date that is to come.")
	case next.mode != unlocked && next.mode != locked:
		storageError(w, http.StatusBadRequest, "InvalidHeaderValue", policyMode+" is neither Unlocked nor Locked.")
	case v.policy.mode == locked && (next.mode != locked || next.until.Before(v.policy.until)):
		refuseImmutable(w)
	default:
		v.policy = next
		w.Header().Set(policyUntil, next.until.Format(http.TimeFormat))
		w.Header().Set(policyMode, next.mode)
		w.WriteHeader(http.StatusOK)
	}
}

func refuseImmutable(w http.ResponseWriter) {
	storageError(w, http.StatusConflict, "BlobImmutableDueToPolicy", "This operation is not permitted as the blob is immutable due to a policy.")
}
