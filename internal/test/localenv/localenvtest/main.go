package localenvtest

import (
	"fmt"
	"os"
	"slices"
	"sync"

	"go.uber.org/goleak"

	"github.com/pgvault/pgvault/internal/test/localenv"
)

// parts are shared by the tests of this process.
var parts shared

type shared struct {
	dir      string
	ca       *localenv.CA
	standIns *localenv.StandIns
	// extensions are files that the shared cluster must find.
	extensions map[string]string

	postgres once[*localenv.Postgres]
	scratch  once[*localenv.Postgres]
	azurite  once[*localenv.Azurite]
	temporal once[*localenv.Temporal]

	mu    sync.Mutex
	stops []func()
}

// once starts a part once.
type once[T any] struct {
	sync.Once
	part T
	err  error
}

// Main runs the tests with the parts, stops the started ones, fails if
// goroutines are left, and exits. m is the *testing.M, or a wrapper that ends
// what the tests share while the parts are still running.
func Main(m goleak.TestingM, options ...goleak.Option) {
	// Idle connections of the SDKs' HTTP clients end with their server, but not
	// at once.
	options = append(options,
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
	goleak.VerifyTestMain(runner{m}, options...)
}

// Extensions adds files of extensions, by name, to the shared cluster. It must
// be called before [Main].
func Extensions(files map[string]string) { parts.extensions = files }

type runner struct{ m goleak.TestingM }

func (r runner) Run() int {
	if os.Getenv("PGVAULT_TEST_UNIT") != "" {
		fmt.Fprintln(os.Stderr, "make test-unit runs no tests that start other programs")
		return 1
	}
	if err := parts.begin(); err != nil {
		fmt.Fprintln(os.Stderr, "local environment:", err)
		return 1
	}
	defer parts.end()
	return r.m.Run()
}

// begin creates the cheap parts, on which the process's variables depend.
func (s *shared) begin() error {
	dir, err := os.MkdirTemp("", "pgvault-test-")
	if err != nil {
		return err
	}
	s.dir = dir
	s.stopLater(func() { _ = os.RemoveAll(dir) })
	if s.ca, err = localenv.NewCA(dir); err != nil {
		return err
	}
	if s.standIns, err = localenv.StartStandIns(localenv.StandInOptions{CA: s.ca}); err != nil {
		return err
	}
	s.stopLater(s.standIns.Stop)
	vars := s.standIns.Vars()
	vars["SSL_CERT_FILE"] = s.ca.BundleFile()
	for name, value := range vars {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (s *shared) stopLater(stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stops = append(s.stops, stop)
}

func (s *shared) end() {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
}
