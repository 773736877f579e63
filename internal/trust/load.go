package trust

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pgvault/pgvault/internal/failure"
)

// Load returns the trust file that a value of PGVAULT_TRUST names: [Builtin] for
// "builtin", otherwise the file at a path. The file must be a regular one of at most
// 1 MiB, and the worker's user must not be able to write to it: see [checkReadOnly].
func Load(value string) (File, error) {
	switch value {
	case "":
		return File{}, failure.New(failure.InvalidConfiguration,
			"write a trust file by `pgvault trust init -f pgvault.yaml` and set the variable to its path, or set it to \"builtin\" for backups of servers in Azure only",
			"%s is not set, so the worker does not know whom to trust", Environment)
	case builtinName:
		return Builtin(), nil
	}
	if err := checkReadOnly(value); err != nil {
		return File{}, failure.Wrap(err, failure.InvalidConfiguration,
			"have another user own the file, and let the worker's user read it only (chown root, chmod 0644)", "the trust file %s", value)
	}
	return Read(value)
}

// Read returns the trust file at a path, with its public keys. Whoever may write to
// it is not checked.
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

// readKeys fills in the public keys.
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

func readRegular(path string) ([]byte, error) {
	// Opening a pipe would wait for its writer.
	info, err := os.Stat(path)
	if err == nil {
		err = checkRegular(info)
	}
	if err != nil {
		return nil, cause(err)
	}
	file, err := os.Open(path)
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

// checkReadOnly returns an error if the process can write to a file. Root can write
// to every file, so that for root only the users that the mode names count.
func checkReadOnly(path string) error {
	info, err := os.Stat(path)
	if err == nil {
		err = checkRegular(info)
	}
	if err != nil {
		return cause(err)
	}
	if info.Mode().Perm()&0o002 != 0 {
		return fmt.Errorf("every user may write to it (mode %#o)", info.Mode().Perm())
	}
	if os.Geteuid() == 0 {
		if info.Mode().Perm()&0o020 != 0 {
			return fmt.Errorf("its group may write to it (mode %#o)", info.Mode().Perm())
		}
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err == nil {
		return cmp.Or(file.Close(), fmt.Errorf("the worker's own user may write to it (mode %#o)", info.Mode().Perm()))
	}
	return nil
}
