package localenv

import (
	"fmt"
	"os"
	"path/filepath"
)

// wrapClient makes programs that run the real ones with the loader and the
// libraries that came with them. root is where the packages' files will stand.
func wrapClient(bin, root string, major int) error {
	if err := os.Mkdir(bin, 0o755); err != nil {
		return fmt.Errorf("make the directory of the programs: %w", err)
	}
	libraries := filepath.Join(root, "usr", "lib", "x86_64-linux-gnu")
	for _, program := range []string{"pg_dump", "pg_restore", "pg_dumpall", "psql"} {
		script := fmt.Sprintf("#!/bin/sh\nexec '%s/ld-linux-x86-64.so.2' --library-path '%s' --argv0 \"$0\" '%s/usr/lib/postgresql/%d/bin/%s' \"$@\"\n",
			libraries, libraries, root, major, program)
		if err := os.WriteFile(filepath.Join(bin, program), []byte(script), 0o755); err != nil {
			return fmt.Errorf("write a wrapper: %w", err)
		}
	}
	return nil
}

// serverWrapper finds all by where it stands itself, as the server does: the
// folder of the version may be copied.
const serverWrapper = `#!/bin/sh
version=$(dirname "$(dirname "$0")")
exec "$version/system/ld-linux-x86-64.so.2" --library-path "$version/system" --argv0 "$0" "$version/real/$(basename "$0")" "$@"
`

// wrapServer does the same for a server, in the folder of its version. Its
// programs look for each other in their own folder.
func wrapServer(version string) error {
	libraries := filepath.Join(version, "..", "..", "x86_64-linux-gnu")
	unused, err := filepath.Glob(filepath.Join(libraries, "libLLVM*"))
	if err != nil {
		return fmt.Errorf("list the libraries: %w", err)
	}
	for _, file := range append(unused, filepath.Join(version, "lib", "llvmjit.so")) {
		if err := os.RemoveAll(file); err != nil {
			return fmt.Errorf("remove the compiler of queries: %w", err)
		}
	}
	if err := os.Rename(libraries, filepath.Join(version, "system")); err != nil {
		return fmt.Errorf("move the libraries to the server: %w", err)
	}
	if err := os.Mkdir(filepath.Join(version, "real"), 0o755); err != nil {
		return fmt.Errorf("make the directory of the real programs: %w", err)
	}
	for _, program := range []string{"initdb", "postgres"} {
		path := filepath.Join(version, "bin", program)
		if err := os.Rename(path, filepath.Join(version, "real", program)); err != nil {
			return fmt.Errorf("make room for a wrapper: %w", err)
		}
		if err := os.WriteFile(path, []byte(serverWrapper), 0o755); err != nil {
			return fmt.Errorf("write a wrapper: %w", err)
		}
	}
	return nil
}
