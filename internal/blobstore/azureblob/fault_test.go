package azureblob_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

func splitURL(url string) (account, container string) {
	at := strings.LastIndex(url, "/")
	return url[:at], url[at+1:]
}

// untrusting returns a transport that trusts no certificate authority.
func untrusting() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}, DisableKeepAlives: true}
}

// answerLoser sends requests and drops selected answers.
type answerLoser struct {
	next   http.RoundTripper
	mu     sync.Mutex
	method string
}

func (l *answerLoser) lose(method string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.method = method
}

func (l *answerLoser) Do(r *http.Request) (*http.Response, error) {
	answer, err := l.next.RoundTrip(r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || r.Method != l.method {
		return answer, err
	}
	l.method = ""
	_ = answer.Body.Close()
	return nil, errLost
}

// holder holds all blocks back until it is released.
type holder struct {
	begun   chan struct{} // receives one value for each block that waits
	release chan struct{}
}

func (h *holder) Do(r *http.Request) (*http.Response, error) {
	if r.URL.Query().Get("comp") == "block" {
		select {
		case h.begun <- struct{}{}:
		default:
		}
		select {
		case <-h.release:
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// failureWatch signals after a number of requests without an answer.
type failureWatch struct {
	mu     sync.Mutex
	count  int
	target int
	done   chan struct{}
}

func (w *failureWatch) failures(n int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count, w.target, w.done = 0, n, make(chan struct{})
	return w.done
}

func (w *failureWatch) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.count++; w.count == w.target {
			close(w.done)
		}
	}
	return answer, err
}

// bodyCutter cuts the first answer to a GET off.
type bodyCutter struct {
	after int64
	once  sync.Once
}

func (c *bodyCutter) Do(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && r.Method == http.MethodGet {
		c.once.Do(func() { answer.Body = &cutBody{ReadCloser: answer.Body, left: c.after} })
	}
	return answer, err
}

type cutBody struct {
	io.ReadCloser
	left int64
}

func (b *cutBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errLost
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// corrupter alters a byte of the first few requests with a body.
type corrupter struct{ left atomic.Int32 }

func (c *corrupter) Do(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPut && r.ContentLength > 0 && c.left.Add(-1) >= 0 {
		r.Body = &corrupted{ReadCloser: r.Body}
	}
	return http.DefaultTransport.RoundTrip(r)
}

type corrupted struct {
	io.ReadCloser
	done bool
}

func (b *corrupted) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n > 0 && !b.done {
		p[0] ^= 1
		b.done = true
	}
	return n, err
}
