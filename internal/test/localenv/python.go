package localenv

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// pythonSuite is the Debian release of [XXHashPython], and its Python.
const pythonSuite, pythonProgram = "bookworm", "python3.11"

// pythonWrapper runs Python with its own loader, libraries and modules.
const pythonWrapper = `#!/bin/sh
usr=$(dirname "$(readlink -f "$0")")/root/usr
PYTHONHOME=$usr PYTHONPATH=$usr/lib/python3/dist-packages exec "$usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
	--library-path "$usr/lib/x86_64-linux-gnu" "$usr/bin/` + pythonProgram + `" "$@"
`

// XXHashPython returns the path of a Python that has the module xxhash, as Debian
// has both: another implementation of the hash than ours.
func XXHashPython(ctx context.Context, log io.Writer) (program string, err error) {
	const name = "python3-xxhash"
	find := func(cache string) string { return existing(filepath.Join(cache, "debian-"+name, "python")) }
	return prepare(ctx, find, func(cache string) error {
		fmt.Fprintf(log, "fetching %s, from Debian %s…\n", name, pythonSuite)
		return newDir(filepath.Join(cache, "debian-"+name), func(temp string) error {
			if err := fetchPackage(ctx, temp, pythonSuite, name); err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(temp, "python"), []byte(pythonWrapper), 0o755); err != nil {
				return fmt.Errorf("write a wrapper: %w", err)
			}
			return nil
		})
	})
}
