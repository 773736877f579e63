package localenv

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// temporalNamespace is the namespace that a dev server has from the start.
const temporalNamespace = "default"

// TemporalOptions are the options of the Temporal dev server.
type TemporalOptions struct {
	// UI reports whether to serve the web interface too.
	UI bool
	// Port and UIPort are used if they are free.
	Port, UIPort int
	// LogFile is in the server's own directory by default.
	LogFile string
}

// Temporal is a Temporal dev server with the namespace "default".
type Temporal struct {
	// Address is the host and port of the frontend.
	Address string
	// UIURL is "" without the web interface.
	UIURL string
	// Binary is the path of the temporal program, server and CLI in one.
	Binary string

	leases       []*lease
	port, uiPort int
	dir          string
	logFile      string
	mu           sync.Mutex
	child        *Process
}

// StartTemporal starts a server without workflows.
func StartTemporal(ctx context.Context, o TemporalOptions) (*Temporal, error) {
	binary, err := prepareTemporal(ctx, os.Stderr)
	if err != nil {
		return nil, err
	}
	s := &Temporal{Binary: binary, logFile: o.LogFile}
	if err := s.begin(ctx, o); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Temporal) begin(ctx context.Context, o TemporalOptions) (err error) {
	if s.dir, err = os.MkdirTemp("", "pgvault-temporal-"); err != nil {
		return fmt.Errorf("make the Temporal server's directory: %w", err)
	}
	if s.logFile == "" {
		s.logFile = filepath.Join(s.dir, "log")
	}
	if s.port, err = s.lease(o.Port); err != nil {
		return err
	}
	s.Address = loopback(s.port)
	if o.UI {
		if s.uiPort, err = s.lease(o.UIPort); err != nil {
			return err
		}
		s.UIURL = "http://" + loopback(s.uiPort)
	}
	return s.Start(ctx)
}

func (s *Temporal) lease(wanted int) (int, error) {
	l, err := leasePort(wanted)
	if err != nil {
		return 0, err
	}
	s.leases = append(s.leases, l)
	return l.port, nil
}

// Start starts a halted server again, at the same address and with its state.
func (s *Temporal) Start(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	args := []string{"server", "start-dev", "--ip", "127.0.0.1", "--port", strconv.Itoa(s.port),
		"--db-filename", filepath.Join(s.dir, "temporal.db"), "--log-level", "warn"}
	if s.UIURL == "" {
		args = append(args, "--headless")
	} else {
		args = append(args, "--ui-port", strconv.Itoa(s.uiPort))
	}
	cmd := exec.Command(s.Binary, args...)
	cmd.Dir, cmd.Env = s.dir, withoutTemporal(os.Environ())
	c, err := startProcess(cmd, s.logFile, syscall.SIGKILL)
	if err != nil {
		return err
	}
	if err := c.awaitReady(ctx, s.answers); err != nil {
		c.Kill()
		return err
	}
	s.child = c
	return nil
}

// Halt stops the server and keeps its state.
func (s *Temporal) Halt() { s.end(func(c *Process) { c.Stop(syscall.SIGTERM, 20*time.Second) }) }

func (s *Temporal) end(how func(*Process)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child != nil {
		how(s.child)
		s.child = nil
	}
}

// Stop stops the server and removes its state.
func (s *Temporal) Stop() {
	s.end((*Process).Kill)
	_ = os.RemoveAll(s.dir)
	for _, l := range s.leases {
		l.release()
	}
}

// answers checks that the frontend serves requests in the namespace, as every
// command sends them. An open port, or a namespace in the database, is not
// enough.
func (s *Temporal) answers(ctx context.Context) error {
	if s.UIURL != "" {
		return s.answersByUI(ctx)
	}
	if err := dials(s.port)(ctx); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, s.Binary, "workflow", "count", "--namespace", temporalNamespace,
		"--address", s.Address, "--disable-config-file")
	cmd.Env = withoutTemporal(os.Environ())
	return runTool(cmd, "ask the Temporal server")
}

// answersByUI checks through the web interface, which needs no program.
func (s *Temporal) answersByUI(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.UIURL+"/api/v1/namespaces/"+temporalNamespace+"/workflow-count", nil)
	if err != nil {
		return fmt.Errorf("ask the Temporal server: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask the Temporal server: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the Temporal server has no namespace %s yet: %s", temporalNamespace, response.Status)
	}
	return nil
}

// withoutTemporal removes the variables that would direct the temporal program
// to another server.
func withoutTemporal(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, v := range env {
		if !strings.HasPrefix(v, "TEMPORAL_") {
			kept = append(kept, v)
		}
	}
	return kept
}
