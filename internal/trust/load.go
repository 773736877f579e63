package trust

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgvault/pgvault/internal/failure"
)

// Load returns the trust file for a value of PGVAULT_TRUST: [Builtin] for
// "builtin", otherwise the file at that path. The file must be a regular file
// of at most 1 MiB. The worker's user must not be able to write to it or to its
// public keys.
func Load(value string) (File, error) {
	switch value {
	case "":
		return File{}, failure.New(failure.InvalidConfiguration,
			"write a trust file by `pgvault trust init -f pgvault.yaml` and set the variable to its path, or set it to \"builtin\" for backups of servers in Azure only",
			"%s is not set, and a worker needs a trust file", Environment)
	case builtinName:
		return Builtin(), nil
	}
	const remedy = "make another user its owner, and let the worker's user only read it (chown root, chmod 0644)"
	if err := checkReadOnly(value); err != nil {
		return File{}, failure.Wrap(err, failure.InvalidConfiguration, remedy, "the trust file %s", value)
	}
	f, err := Read(value)
	if err != nil {
		return File{}, err
	}
	for _, key := range slices.Concat(f.signatures.Manifests, f.signatures.Evidence) {
		if err := checkReadOnly(filepath.Join(filepath.Dir(value), key.File)); err != nil {
			return File{}, failure.Wrap(err, failure.InvalidConfiguration, remedy, "the trust file %s: key %s: %s", value, key.ID, key.File)
		}
	}
	return f, nil
}

// Read returns the trust file at a path, with its public keys. It does not
// check who can write to them.
func Read(path string) (File, error) {
	text, err := readRegular(path)
	if err != nil {
		return File{}, failure.Wrap(err, failure.InvalidConfiguration, "give the path of a trust file; `pgvault trust init` writes one", "the trust file %s", path)
	}
	f, err := Parse(text, path)
	if err != nil {
		return File{}, err
	}
	for _, keys := range [][]Key{f.signatures.Manifests, f.signatures.Evidence} {
		if err := readKeys(filepath.Dir(path), keys); err != nil {
			return File{}, failure.Wrap(err, failure.InvalidConfiguration, "put the public key there in PEM, as `openssl pkey -pubout` writes it", "the trust file %s", path)
		}
	}
	return f, nil
}

// readKeys reads the files of the public keys.
func readKeys(folder string, keys []Key) error {
	for i, key := range keys {
		text, err := readRegular(filepath.Join(folder, key.File))
		if err == nil {
			keys[i].PublicKey, err = parsePublicKey(text)
		}
		if err != nil {
			return fmt.Errorf("key %s: %s: %w", key.ID, key.File, err)
		}
	}
	return nil
}

func readRegular(path string) ([]byte, error) { return readWith(path, os.Stat, os.Open) }

// readWith reads a regular file by the functions of the operating system, or by those
// of an [os.Root], which refuses each symbolic link out of its folder.
func readWith(path string, stat func(string) (fs.FileInfo, error), open func(string) (*os.File, error)) ([]byte, error) {
	// Opening a pipe would wait for its writer.
	info, err := stat(path)
	if err == nil {
		err = checkRegular(info)
	}
	if err != nil {
		return nil, cause(err)
	}
	file, err := open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("it has more than %d bytes", maxFile)
	}
	return text, err
}

// checkReadOnly returns an error if the process, or a user other than the
// owner, can write to a file. It ignores root's own right, since root can write
// to every file.
func checkReadOnly(path string) error {
	info, err := os.Stat(path)
	if err == nil {
		err = checkRegular(info)
	}
	if err != nil {
		return cause(err)
	}
	mode := info.Mode().Perm()
	if mode&0o022 != 0 {
		return fmt.Errorf("users other than its owner may write to it (mode %#o)", mode)
	}
	if os.Geteuid() == 0 {
		return nil
	}
	if file, err := os.OpenFile(path, os.O_WRONLY, 0); err == nil {
		file.Close()
		return fmt.Errorf("the worker's own user may write to it (mode %#o)", mode)
	}
	return nil
}
