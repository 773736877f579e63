package notify

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// line is the way to a receiver by HTTP, for one attempt. It is the transport of
// the attempt's client, so that code of others cannot leave it.
type line struct {
	sender Sender
	// ctx bounds each request, whatever the context of the request.
	ctx context.Context
	// refusal is why a request was not sent.
	refusal error
	// status is that of the last answer; 0 if there was none.
	status     int
	retryAfter time.Duration
	// cut is why the body of the answer could not be read to its end.
	cut error
}

func (s Sender) line(ctx context.Context) *line { return &line{sender: s, ctx: ctx} }

// client returns a client that follows no redirect.
func (l *line) client() *http.Client {
	return &http.Client{
		Transport:     l,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// maxAnswer bounds how much of an answer is read, in bytes.
const maxAnswer = 64 << 10

// RoundTrip sends a request to a trusted host over TLS.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		l.refusal = badAddress("it turns TLS off")
		return nil, l.refusal
	}
	if l.refusal = l.sender.Trust.Notify(r.URL.Hostname()); l.refusal != nil {
		return nil, l.refusal
	}
	r = r.Clone(l.ctx)
	r.Header.Set("User-Agent", "pgvault/"+l.sender.Version)
	response, err := l.sender.roundTripper().RoundTrip(r)
	if err != nil {
		return nil, err
	}
	l.status, l.retryAfter = response.StatusCode, retryAfter(response.Header.Get("Retry-After"), l.sender.Now())
	response.Body = &body{Reader: io.LimitReader(response.Body, maxAnswer), Closer: response.Body, line: l}
	return response, nil
}

// body is the beginning of an answer's body.
type body struct {
	io.Reader
	io.Closer
	line *line
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		b.line.cut = err
	}
	return n, err
}

// roundTripper returns the transport below. It keeps no connection, since there
// are few alerts.
func (s Sender) roundTripper() http.RoundTripper {
	if s.transport != nil {
		return s.transport
	}
	return &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true}
}

// outcome returns the status of a delivery. err is that of the code that used the
// client.
func (l *line) outcome(err error) (string, error) {
	var refused *failure.Error
	if errors.As(l.refusal, &refused) {
		return "", refused
	}
	if l.status == 0 && err == nil {
		err = errors.New("nothing was sent")
	}
	if l.status == 0 {
		return "", unreachable(l.ctx, err)
	}
	answer := "HTTP " + strconv.Itoa(l.status)
	if f := judge(l.status, answer); f != nil {
		return "", deferred(f, l.retryAfter)
	}
	if l.cut != nil {
		return "", unreachable(l.ctx, l.cut)
	}
	if err != nil {
		return "", refusedBy(answer+" and does not accept the message", "correct the address in the secret")
	}
	return answer, nil
}

// judge returns the failure of an answer; nil for 2xx.
func judge(status int, answer string) *failure.Error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return failure.New(failure.ReceiverUnavailable, "", "the receiver answers %s", answer)
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return refusedBy(answer, "store an address with a valid token or key in the secret, or allow the worker at the receiver")
	case status == http.StatusNotFound, status == http.StatusGone:
		return refusedBy(answer, "the address is no longer valid; store a new one in the secret")
	case status >= 300 && status < 400:
		return refusedBy(answer+", a redirect, which is not followed", "store the final address in the secret")
	}
	return refusedBy(answer, "correct the address in the secret, and look at the receiver's log")
}

func refusedBy(answer, remedy string) *failure.Error {
	return failure.New(failure.NotificationRefused, remedy+"; then try it: pgvault notify test", "the receiver answers %s", answer)
}

// Bounds of the wait that a receiver asks for.
const (
	leastRetryAfter = time.Second
	mostRetryAfter  = time.Hour
)

// retryAfter returns the wait in the header Retry-After, a number of seconds or a
// time; 0 if there is none.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return bound(time.Duration(seconds) * time.Second)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return bound(at.Sub(now))
}

func bound(wait time.Duration) time.Duration { return min(max(wait, leastRetryAfter), mostRetryAfter) }

// Deferred is a failure after which the receiver wants the next attempt to wait.
type Deferred struct {
	Err   *failure.Error
	After time.Duration
}

// Error returns the failure's text.
func (d *Deferred) Error() string { return d.Err.Error() }

// Unwrap returns the failure.
func (d *Deferred) Unwrap() error { return d.Err }

func deferred(f *failure.Error, after time.Duration) error {
	if after == 0 || !f.Code.Retryable() {
		return f
	}
	return &Deferred{Err: f, After: after}
}
