package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/whose"
	"github.com/pgvault/pgvault/internal/trust"
)

// addKey adds the public key of a Key Vault key to a trust file.
func (a *App) addKey(ctx context.Context, f trustKeysFlags) error {
	vaultURL, name, version, err := instance.ParseKeyURL(f.key)
	if err != nil {
		return usagef("--key: %v", err)
	}
	var from time.Time
	if f.from != "" {
		if from, err = trust.ParseDay(f.from); err != nil {
			return usagef("--from: %v", err)
		}
	}
	if f.file == "" {
		return usagef("give the trust file that gets the key: pgvault trust keys -f trust.yaml --key URL")
	}
	purpose := trust.Manifests
	if f.evidence {
		purpose = trust.Evidence
	}
	file, err := trust.Read(f.file)
	if err != nil {
		return err
	}
	public, err := a.publicKey(ctx, vaultURL, name, version)
	if err != nil {
		return err
	}
	key := trust.Key{ID: name + "/" + public.Version, File: fmt.Sprintf("%s-%.8s.pem", name, public.Version), PublicKey: public.PublicKey, From: from}
	pinned := file.Signatures().Keys(purpose)
	if i := slices.IndexFunc(pinned, func(k trust.Key) bool { return k.ID == key.ID }); i >= 0 {
		return a.alreadyPinned(f.file, pinned[i], key)
	}
	if f.from == "" {
		key.From = firstDay(time.Now(), len(pinned) == 0)
	}
	if err := pin(f.file, purpose, key); err != nil {
		return err
	}
	return a.tellPinned(f.file, purpose, key)
}

func (a *App) publicKey(ctx context.Context, vaultURL, name, version string) (azure.PublicKey, error) {
	credential, err := azure.Credential()
	if err != nil {
		return azure.PublicKey{}, err
	}
	options, err := azure.OptionsFromEnv(a.Getenv)
	if err != nil {
		return azure.PublicKey{}, err
	}
	options.By = whose.Person
	keys, err := azure.NewKeys(vaultURL, "--key", credential, options)
	if err != nil {
		return azure.PublicKey{}, err
	}
	return keys.PublicKey(ctx, name, version)
}

// firstDay returns the day from which on a key is valid unless a person names
// one. A worker that does not have a further key yet refuses what it signs, so
// that it gets a day to be installed.
func firstDay(now time.Time, first bool) time.Time {
	today := now.UTC().Truncate(24 * time.Hour)
	if first {
		return today
	}
	return today.AddDate(0, 0, 1)
}

// alreadyPinned ends the command for a key whose ID is in the file.
func (a *App) alreadyPinned(file string, pinned, key trust.Key) error {
	if !key.PublicKey.Equal(pinned.PublicKey) {
		return failure.New(failure.InvalidConfiguration, "find out which of the two is wrong before a worker uses the file; what the pinned key has signed needs it",
			"the trust file %s pins another public key for %s, in %s, than the Key Vault has", file, key.ID, pinned.File)
	}
	a.note("%s pins the key %s already, from %s on. Nothing was changed.", file, key.ID, dayText(pinned.From))
	read, err := trust.Read(file)
	if err != nil {
		return err
	}
	return a.answers(keysDocument(read, pinnedKeys(read, time.Now())), func() error { return nil })
}

// pin writes the public key beside a trust file and adds it there.
func pin(file string, purpose trust.Purpose, key trust.Key) error {
	info, err := os.Lstat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file; give the path of the file itself")
	}
	if err != nil {
		return notWritten(file, err)
	}
	public, err := trust.EncodePublicKey(key.PublicKey)
	if err != nil {
		return err
	}
	// The key comes first: the file must not name one that is not there, and who has
	// to add the lines by hand needs it.
	path := filepath.Join(filepath.Dir(file), key.File)
	if err := writeNew(path, public); err != nil {
		return notWritten(path, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return notWritten(file, err)
	}
	if text, err = trust.AddKey(text, file, purpose, key); err != nil {
		return err
	}
	return replaceTrust(file, text, info.Mode().Perm())
}

func notWritten(path string, err error) error {
	return failure.Wrap(err, failure.InvalidConfiguration, "run the command where you may write, such as on a copy of the trust file, and install the result", "%s cannot be written", path)
}

// writeNew writes a file that does not exist, or has that content.
func writeNew(path string, content []byte) error {
	there, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(there, content):
		return nil
	case err == nil:
		return errors.New("it is another file already")
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.WriteFile(path, content, 0o644)
}

// replaceTrust replaces a trust file at once, by one that was read back.
func replaceTrust(path string, text []byte, mode fs.FileMode) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".trust-*.yaml")
	if err != nil {
		return notWritten(path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Chmod(mode), temp.Sync(), temp.Close()); err != nil {
		return notWritten(path, err)
	}
	if _, err = trust.Read(temp.Name()); err != nil {
		return err
	}
	if err = os.Rename(temp.Name(), path); err != nil {
		return notWritten(path, err)
	}
	return nil
}

func (a *App) tellPinned(path string, purpose trust.Purpose, key trust.Key) error {
	file, err := trust.Read(path)
	if err != nil {
		return err
	}
	answer := keysDocument(file, pinnedKeys(file, time.Now()))
	answer.Added = key.ID
	if err := a.answers(answer, func() error {
		a.print("%s: added the key %s for %s, valid from %s on", path, key.ID, purpose, dayText(key.From))
		a.print("%s: its public key", filepath.Join(filepath.Dir(path), key.File))
		a.print("%s: SHA-256 %s", path, file.Hash())
		return nil
	}); err != nil {
		return err
	}
	a.note("Install both files for every worker of the vault, whatever its role, and restart the workers.")
	if purpose == trust.Manifests && !file.Signatures().Required {
		a.note("Signatures are not required. Write \"required: true\" once every worker of the role backup signs.")
	}
	return nil
}
