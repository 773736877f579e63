package main

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// disableCoreDumps turns off core dumps of this process and its children, whose
// memory has passwords and rows.
func disableCoreDumps() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("turn core dumps off: %w", err)
	}
	return nil
}
