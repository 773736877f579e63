package blobstore_test

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"sync"
)

func splitURL(url string) (account, container string) {
	at := strings.LastIndex(url, "/")
	return url[:at], url[at+1:]
}

// untrusting knows no certificate authority.
func untrusting() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: x509.NewCertPool()}, DisableKeepAlives: true}
}

// answerLoser sends requests and loses the answers it is told to.
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
