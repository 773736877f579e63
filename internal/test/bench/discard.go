package bench

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// discard is a storage endpoint that accepts blocks and keeps none, to measure
// a dump with a storage that costs nothing. It answers only the requests of a
// dump.
type discard struct {
	url    string
	server *http.Server
}

func startDiscard(ca *localenv.CA) (*discard, error) {
	pair, err := ca.Server()
	if err != nil {
		return nil, err
	}
	certificate, err := tls.LoadX509KeyPair(pair.CertFile, pair.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("load the certificate: %w", err)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	d := &discard{
		url:    fmt.Sprintf("https://127.0.0.1:%d/account/container", listener.Addr().(*net.TCPAddr).Port),
		server: &http.Server{Handler: http.HandlerFunc(take), ReadHeaderTimeout: time.Minute, ErrorLog: log.New(io.Discard, "", 0)},
	}
	go func() {
		if err := d.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic("bench: the discarding storage: " + err.Error())
		}
	}()
	return d, nil
}

func (d *discard) stop() { _ = d.server.Close() }

func take(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPut || !strings.HasPrefix(r.URL.Path, "/account/container/") {
		http.Error(w, "only blocks are taken here", http.StatusBadRequest)
		return
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	w.Header().Set("ETag", `"0x1"`)
	w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusCreated)
}
