package localenv

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// Receiver receives notifications by HTTP over TLS, on a port of its own. It
// answers 202, or as a person has set.
type Receiver struct {
	// Port is the receiver's port on localhost.
	Port int

	tls   *tls.Config
	lease *lease

	mu       sync.Mutex
	server   *http.Server
	served   chan struct{}
	received []Received
	answer   http.HandlerFunc
	arrived  chan struct{}
}

// Received is a request to a receiver.
type Received struct {
	Method, Path string
	Header       http.Header
	Body         []byte
}

// StartReceiver starts a receiver with a certificate of ca.
func StartReceiver(ca *CA) (*Receiver, error) {
	config, err := ca.serverTLS()
	if err != nil {
		return nil, err
	}
	return StartReceiverWith(config)
}

// StartReceiverWith starts a receiver with a TLS configuration.
func StartReceiverWith(config *tls.Config) (*Receiver, error) {
	r := &Receiver{tls: config, arrived: make(chan struct{}, 1)}
	var err error
	if r.lease, err = leasePort(0); err != nil {
		return nil, err
	}
	r.Port = r.lease.port
	if err := r.Resume(); err != nil {
		r.lease.release()
		return nil, err
	}
	return r, nil
}

// Resume starts a receiver that [Receiver.Halt] has ended, on the same port.
func (r *Receiver) Resume() error {
	l, err := net.Listen("tcp", loopback(r.Port))
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	served := make(chan struct{})
	server := &http.Server{Handler: http.HandlerFunc(r.serve), ReadHeaderTimeout: 10 * time.Second, ErrorLog: discardLog()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server, r.served = server, served
	go func() {
		defer close(served)
		_ = server.Serve(tls.NewListener(l, r.tls))
	}()
	return nil
}

// Halt closes the port and all connections.
func (r *Receiver) Halt() {
	r.mu.Lock()
	server, served := r.server, r.served
	r.mu.Unlock()
	_ = server.Close()
	<-served // which closes the port
}

// Stop ends the receiver.
func (r *Receiver) Stop() {
	r.Halt()
	r.lease.release()
}

// URL returns the URL of a path of the receiver.
func (r *Receiver) URL(path string) string {
	return fmt.Sprintf("https://localhost:%d%s", r.Port, path)
}

// Answer sets how requests are answered; nil stands for 202.
func (r *Receiver) Answer(answer http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// Received returns the requests so far, also those that were answered otherwise
// than by 202.
func (r *Receiver) Received() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Received(nil), r.received...)
}

// Arrived returns a channel that gets a value after requests have arrived.
func (r *Receiver) Arrived() <-chan struct{} { return r.arrived }

func (r *Receiver) serve(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(io.LimitReader(request.Body, 1<<20))
	if err != nil {
		return
	}
	r.mu.Lock()
	r.received = append(r.received, Received{Method: request.Method, Path: request.URL.RequestURI(), Header: request.Header.Clone(), Body: body})
	answer := r.answer
	r.mu.Unlock()
	select {
	case r.arrived <- struct{}{}:
	default:
	}
	if answer == nil {
		w.WriteHeader(http.StatusAccepted)
		return
	}
	answer(w, request)
}
