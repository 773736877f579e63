package localenv

import (
	"fmt"
	"os"
	"path/filepath"
)

// wrapper runs a program with the loader and the libraries that came with it.
// It finds them relative to its own path, as PostgreSQL's programs do, so that
// the directory of the version may be copied.
const wrapper = `#!/bin/sh
version=$(dirname "$(dirname "$0")")
exec "$version/system/ld-linux-x86-64.so.2" --library-path "$version/system" --argv0 "$0" "$version/real/$(basename "$0")" "$@"
`

// wrap replaces programs by wrappers, which find each other in their own
// directory, and collects what they need in the directory of their version.
func wrap(version string, programs []string) error {
	libraries := filepath.Join(version, "..", "..", "x86_64-linux-gnu")
	if err := removeJIT(version, libraries); err != nil {
		return err
	}
	if err := os.Rename(libraries, filepath.Join(version, "system")); err != nil {
		return fmt.Errorf("move the libraries to the programs: %w", err)
	}
	if err := os.Mkdir(filepath.Join(version, "real"), 0o755); err != nil {
		return fmt.Errorf("make the directory of the real programs: %w", err)
	}
	for _, program := range programs {
		path := filepath.Join(version, "bin", program)
		if err := os.Rename(path, filepath.Join(version, "real", program)); err != nil {
			return fmt.Errorf("make room for a wrapper: %w", err)
		}
		if err := os.WriteFile(path, []byte(wrapper), 0o755); err != nil {
			return fmt.Errorf("write a wrapper: %w", err)
		}
	}
	return nil
}

// removeJIT removes a server's JIT compiler.
func removeJIT(version, libraries string) error {
	unused, err := filepath.Glob(filepath.Join(libraries, "libLLVM*"))
	if err != nil {
		return fmt.Errorf("list the libraries: %w", err)
	}
	for _, file := range append(unused, filepath.Join(version, "lib", "llvmjit.so")) {
		if err := os.RemoveAll(file); err != nil {
			return fmt.Errorf("remove the compiler of queries: %w", err)
		}
	}
	return nil
}
