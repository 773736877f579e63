package cli

import (
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/trust"
	"github.com/pgvault/pgvault/starter/cli/document"
)

// trustKeysFlags are the flags of the command.
type trustKeysFlags struct {
	file, key, from string
	evidence        bool
}

func (a *App) trustKeysCommand() *cobra.Command {
	var f trustKeysFlags
	cmd := &cobra.Command{
		Use:   "keys [-f trust.yaml] [--key URL]",
		Short: "List the keys that a trust file pins, or add the next one",
		Long: `List the public keys that a trust file pins, when they are valid, and which of
them signs now.

With --key, read the public key of a Key Vault key, the newest version unless the
URL names one, write it in PEM beside the trust file, and add it to the file's
"signatures:". Everything else in the file stays as it is. The user of the command
needs the role Key Vault Reader on the key.

The first key is valid from today on, and each further one from tomorrow on, in
UTC, so that the file can be installed for every worker before the key signs. To
rotate without downtime:

  1. az keyvault key rotate --vault-name VAULT --name KEY
  2. pgvault trust keys -f trust.yaml --key https://VAULT.vault.azure.net/keys/KEY
  3. install trust.yaml and the new .pem file for every worker, and restart them

The new key signs from its day on. Leave the old one in the file as long as the
vault has recovery points that it signed, and its version in the Key Vault enabled
until the new one signs.`,
		Example: `  pgvault trust keys
  pgvault trust keys -f trust.yaml --key https://contoso-keys.vault.azure.net/keys/pgvault-manifest`,
		Args: cobra.NoArgs,
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.file, "file", "f", "", "the trust file (default for a listing: "+trust.Environment+")")
	flags.StringVar(&f.key, "key", "", "URL of the Key Vault key to add, with or without a version")
	flags.StringVar(&f.from, "from", "", "day from which on the key is valid, in UTC (default: today for the first key, else tomorrow)")
	flags.BoolVar(&f.evidence, "evidence", false, "add the key to those that sign evidence of drills, not manifests")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f.key == "" {
			return a.listKeys(f)
		}
		return a.addKey(cmd.Context(), f)
	}
	return cmd
}

// pinnedKey is a key in the listing.
type pinnedKey struct {
	trust.Key
	purpose trust.Purpose
	now     string
}

func (a *App) listKeys(f trustKeysFlags) error {
	if f.from != "" || f.evidence {
		return usagef("--from and --evidence are for --key")
	}
	file, err := a.readTrust(f.file)
	if err != nil {
		return err
	}
	keys := pinnedKeys(file, time.Now())
	signs := func(k pinnedKey) bool { return k.purpose == trust.Manifests && k.now == nowSigns }
	if file.Signatures().Required && !slices.ContainsFunc(keys, signs) {
		a.note("Warning: %s requires signatures, and none of its keys for manifests is valid now: backups fail. Add one by --key.", file.Name())
	}
	return a.answers(keysDocument(file, keys), func() error { return a.printKeys(keys) })
}

// nowSigns is the state of the key that signs.
const nowSigns = "signs"

func pinnedKeys(file trust.File, now time.Time) (keys []pinnedKey) {
	s := file.Signatures()
	for _, p := range []trust.Purpose{trust.Manifests, trust.Evidence} {
		signing, signs := s.Signing(p, now)
		for _, key := range s.Keys(p) {
			pinned := pinnedKey{key, p, stateAt(key, now)}
			if signs && key.ID == signing.ID {
				pinned.now = nowSigns
			}
			keys = append(keys, pinned)
		}
	}
	return keys
}

func keysDocument(file trust.File, keys []pinnedKey) *document.TrustKeys {
	answer := &document.TrustKeys{File: file.Name(), SHA256: file.Hash(), Required: file.Signatures().Required}
	for _, k := range keys {
		answer.Keys = append(answer.Keys, document.PinnedKey{
			ID: k.ID, Signs: document.KeyPurpose(k.purpose), From: dayText(k.From), Until: dayText(k.Until), Revoked: dayText(k.Revoked),
			State: document.KeyStateOf(k.now), PublicKey: k.File,
		})
	}
	return answer
}

func (a *App) printKeys(keys []pinnedKey) error {
	return printTable(a, keys, []column[pinnedKey]{
		{"KEY", func(k pinnedKey) string { return k.ID }},
		{"SIGNS", func(k pinnedKey) string { return string(k.purpose) }},
		{"FROM", func(k pinnedKey) string { return dayText(k.From) }},
		{"UNTIL", func(k pinnedKey) string { return dayText(k.Until) }},
		{"REVOKED", func(k pinnedKey) string { return dayText(k.Revoked) }},
		{"NOW", func(k pinnedKey) string { return k.now }},
		{"PUBLIC KEY", func(k pinnedKey) string { return k.File }},
	})
}

// stateAt says whether a key is valid at a time.
func stateAt(key trust.Key, at time.Time) string {
	switch {
	case key.Valid(at) == nil:
		return "valid"
	case at.Before(key.From):
		return "not yet valid"
	case !key.Revoked.IsZero() && !at.Before(key.Revoked):
		return "revoked"
	}
	return "ended"
}

// dayText formats a day for tables; the zero time is empty.
func dayText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}
