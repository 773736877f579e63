package localenv

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Proxy is a TLS reverse proxy that can answer requests in place of the service
// behind it. Azurite checks no roles and never fails by itself.
type Proxy struct {
	// URL is the upstream's URL through the proxy.
	URL string

	server  *http.Server
	forward http.Handler
	mu      sync.Mutex
	rules   []*rule
}

// Match selects requests; nil selects all.
type Match func(*http.Request) bool

type rule struct {
	match  Match
	answer http.HandlerFunc
	left   int // remaining uses; negative means unlimited
}

// StartProxy starts a proxy for upstream, the URL of a server with a
// certificate of ca.
func StartProxy(upstream string, ca *CA) (*Proxy, error) {
	target, err := url.Parse(upstream)
	if err != nil {
		return nil, fmt.Errorf("upstream: %w", err)
	}
	tlsConfig, err := ca.serverTLS()
	if err != nil {
		return nil, err
	}
	l, err := listen(0)
	if err != nil {
		return nil, err
	}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = target.Scheme, target.Host, target.Host
		},
		Transport: ca.Client().Transport,
		ErrorLog:  discardLog(),
	}
	p := &Proxy{URL: "https://" + l.Addr().String() + target.Path, forward: forward}
	p.server = &http.Server{
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          discardLog(),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if answer := p.take(r); answer != nil {
				answer(w, r)
				return
			}
			forward.ServeHTTP(w, r)
		}),
	}
	go func() { _ = p.server.Serve(tls.NewListener(l, tlsConfig)) }()
	return p, nil
}

// Stop stops the proxy.
func (p *Proxy) Stop() { _ = p.server.Close() }

// Answer answers the next n matching requests, or all for a negative n. The
// rule added last comes first. undo removes the rule.
func (p *Proxy) Answer(n int, match Match, answer http.HandlerFunc) (undo func()) {
	added := &rule{match: match, answer: answer, left: n}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rules = append(p.rules, added)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rules = slices.DeleteFunc(p.rules, func(r *rule) bool { return r == added })
	}
}

// Hold holds matching requests until release is called. held is closed when the
// first request waits.
func (p *Proxy) Hold(match Match) (held <-chan struct{}, release func()) {
	waiting, released := make(chan struct{}), make(chan struct{})
	first := sync.OnceFunc(func() { close(waiting) })
	undo := p.Answer(-1, match, func(w http.ResponseWriter, r *http.Request) {
		first()
		<-released
		p.forward.ServeHTTP(w, r)
	})
	return waiting, sync.OnceFunc(func() {
		undo()
		close(released)
	})
}

// Forbid rejects matching requests as Azure Storage does without a role
// assignment.
func (p *Proxy) Forbid(match Match) (undo func()) {
	return p.Answer(-1, match, func(w http.ResponseWriter, _ *http.Request) {
		storageError(w, http.StatusForbidden, "AuthorizationPermissionMismatch",
			"This request is not authorized to perform this operation using this permission.")
	})
}

// FailNext fails the next n matching requests with a status: 500, 503, ….
func (p *Proxy) FailNext(n, status int, retryAfter time.Duration, match Match) (undo func()) {
	return p.Answer(n, match, func(w http.ResponseWriter, _ *http.Request) {
		if retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((retryAfter+time.Second-1)/time.Second)))
		}
		code := "InternalError"
		if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
			code = "ServerBusy"
		}
		storageError(w, status, code, "a fault that a test asked for")
	})
}

func (p *Proxy) take(r *http.Request) http.HandlerFunc {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, rule := range slices.Backward(p.rules) {
		if rule.left == 0 || rule.match != nil && !rule.match(r) {
			continue
		}
		rule.left--
		return rule.answer
	}
	return nil
}

func storageError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("x-ms-error-code", code)
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="utf-8"?><Error><Code>%s</Code><Message>%s</Message></Error>`, code, message)
}
