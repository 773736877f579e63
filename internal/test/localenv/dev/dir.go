package dev

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Dir is the directory of an environment.
type Dir string

func (d Dir) path(name string) string { return filepath.Join(string(d), name) }

// EnvFile returns the path of the file with the variables, for a shell to read.
// The file exists when the environment is ready.
func (d Dir) EnvFile() string { return d.path("env") }

// ConfigurationFile returns the path of the sample's pgvault.yaml.
func (d Dir) ConfigurationFile() string { return d.path("pgvault.yaml") }

// state is the content of the lock file.
type state struct {
	PID int `json:"pid"`
	// DataDir is the directory of the parts' data.
	DataDir string `json:"dataDir"`
}

// errRunning is returned if the environment's process is running.
var errRunning = errors.New("the local environment is running already")

// lock takes the environment's lock, which its process holds while it is
// running.
func (d Dir) lock() (*os.File, error) {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, fmt.Errorf("make the environment's directory: %w", err)
	}
	file, err := os.OpenFile(d.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the environment's lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, errRunning
	}
	return file, nil
}

func readState(file io.Reader) (state, error) {
	var s state
	if err := json.NewDecoder(file).Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return s, fmt.Errorf("read the environment's lock: %w", err)
	}
	return s, nil
}

func writeState(file *os.File, s state) error {
	if err := file.Truncate(0); err != nil {
		return fmt.Errorf("write the environment's lock: %w", err)
	}
	if err := json.NewEncoder(io.NewOffsetWriter(file, 0)).Encode(s); err != nil {
		return fmt.Errorf("write the environment's lock: %w", err)
	}
	return nil
}
