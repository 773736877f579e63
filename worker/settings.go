package main

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/temporalx"
	"github.com/pgvault/pgvault/internal/trust"
)

const usage = `pgvault-worker runs the jobs of one vault. It takes no arguments but --version,
which prints its version, its commit and the version of Go. Its settings are
environment variables:

  PGVAULT_VAULT            URL of the vault's blob container (required)
  PGVAULT_TRUST            path of the worker's trust file, or "builtin" for
                           backups of servers in Azure only (required); see
                           pgvault trust --help
  PGVAULT_SIGNING_KEY_VAULT
                           URL of the Key Vault whose key signs what the worker
                           stores (required for the role backup if the trust file
                           names keys for manifests, and for the role restore if
                           it names keys for evidence)
  PGVAULT_ROLES            what the worker does, of backup, restore, prune and
                           watch, separated by "," (default: all); each can so
                           have an identity of its own
  PGVAULT_MAX_DUMPS        dumps and verifications at a time, and as many
                           restores with read-backs, and sweeps (default 2)
  PGVAULT_METRICS_ADDRESS  where /livez, /readyz and /metrics are served, and by
                           the role watch the page of all backups, at /
                           (default 127.0.0.1:9464)
  PGVAULT_UI_URL           address of Temporal's UI, to which cards and the page
                           link
                           (default: no links)
  PGVAULT_PG_BIN           folders with PostgreSQL's client programs, separated
                           by ":" (default: the usual places, and PATH)
  PGVAULT_LOG_DETAILS      "true" writes into the worker's log all that PostgreSQL
                           says of an error, which may quote rows and settings
                           (default: false)
  PGVAULT_KEYVAULT_DISABLE_CHALLENGE_RESOURCE_VERIFICATION
                           "true" for Key Vaults outside Azure's own domains
  TEMPORAL_*               the Temporal server, as for the temporal CLI,
                           or its configuration file
  AZURE_*, IDENTITY_*      the identity, as for every Azure SDK
  SSL_CERT_FILE            roots of trust, in place of the system's
`

// settings are the worker's own settings. Temporal's and Azure's are read by
// their SDKs.
type settings struct {
	vault          string
	roles          []jobs.Role
	maxDumps       int
	metricsAddress string
	toolDirs       []string
	trust          trust.File
	// signingKeyVault is the URL of the Key Vault of the keys that the trust file
	// names, without a slash at the end.
	signingKeyVault string
	// logDetails reports whether the log may quote the content of databases.
	logDetails bool
	ui         temporalx.UI
}

// signingKeyVaultVariable names the Key Vault of the keys that sign.
const signingKeyVaultVariable = "PGVAULT_SIGNING_KEY_VAULT"

// signingRoles are the roles that sign with the keys of a purpose.
var signingRoles = map[trust.Purpose]jobs.Role{trust.Manifests: jobs.RoleBackup, trust.Evidence: jobs.RoleRestore}

// signs reports whether the worker signs with the keys of a purpose.
func (s settings) signs(p trust.Purpose) bool {
	return slices.Contains(s.roles, signingRoles[p]) && len(s.trust.Signatures().Keys(p)) > 0
}

// bufferBudget bounds the blocks of all dumps together, in bytes. A dump has
// room for a block of each connection and two more, and its blocks grow with
// what it has stored: see [blobstore.AssemblyPlan].
const bufferBudget = 72 << 20

func (s settings) budgetPerDump() int64 { return bufferBudget / int64(s.maxDumps) }

func readSettings(lookup func(string) (string, bool)) (settings, error) {
	get := func(name string) string { value, _ := lookup(name); return value }
	s := settings{
		vault:          get("PGVAULT_VAULT"),
		metricsAddress: cmp.Or(get("PGVAULT_METRICS_ADDRESS"), "127.0.0.1:9464"),
	}
	if s.vault == "" {
		return s, failure.New(failure.InvalidConfiguration,
			"set it to the container's URL, such as https://account.blob.core.windows.net/backups", "PGVAULT_VAULT is not set")
	}
	if err := instance.CheckContainerURL(s.vault); err != nil {
		return s, failure.Wrap(err, failure.InvalidConfiguration, "set it to a container's URL", "PGVAULT_VAULT")
	}
	var err error
	if s.ui, err = temporalx.ParseUI(get(temporalx.UIVariable)); err != nil {
		return s, err
	}
	if s.trust, err = trust.Load(get(trust.Environment)); err != nil {
		return s, err
	}
	if s.maxDumps, err = strconv.Atoi(cmp.Or(get("PGVAULT_MAX_DUMPS"), "2")); err != nil || s.maxDumps < 1 {
		return s, failure.New(failure.InvalidConfiguration, "give a whole number from 1", "PGVAULT_MAX_DUMPS is %q", get("PGVAULT_MAX_DUMPS"))
	}
	if s.logDetails, err = parseSwitch("PGVAULT_LOG_DETAILS", get("PGVAULT_LOG_DETAILS")); err != nil {
		return s, err
	}
	if s.roles, err = parseRoles(get("PGVAULT_ROLES")); err != nil {
		return s, err
	}
	s.signingKeyVault = strings.TrimSuffix(get(signingKeyVaultVariable), "/")
	if err := s.checkSigningKeyVault(); err != nil {
		return s, err
	}
	if dirs := get("PGVAULT_PG_BIN"); dirs != "" {
		s.toolDirs = filepath.SplitList(dirs)
	}
	return s, nil
}

// checkSigningKeyVault returns an error if the Key Vault is missing, or is not
// one. A worker that could not sign would make points that no restore accepts.
func (s settings) checkSigningKeyVault() error {
	for p, role := range signingRoles {
		if s.signingKeyVault == "" && s.signs(p) {
			return failure.New(failure.InvalidConfiguration,
				"set it to the URL of the Key Vault that has the keys, such as https://contoso-keys.vault.azure.net; docs/AZURE.md says what the worker's identity needs there",
				"%s is not set, and the trust file %s names keys that sign what the role %s stores", signingKeyVaultVariable, s.trust.Name(), role)
		}
	}
	if s.signingKeyVault == "" {
		return nil
	}
	if err := instance.CheckKeyVaultURL(s.signingKeyVault); err != nil {
		return failure.Wrap(err, failure.InvalidConfiguration, "set it to a Key Vault's URL", signingKeyVaultVariable)
	}
	return nil
}

func parseSwitch(name, text string) (bool, error) {
	switch text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	}
	return false, failure.New(failure.InvalidConfiguration, "set it to true or false", "%s is %q", name, text)
}

func parseRoles(text string) ([]jobs.Role, error) {
	if text == "" {
		return jobs.Roles(), nil
	}
	var roles []jobs.Role
	for _, name := range strings.Split(text, ",") {
		role := jobs.Role(strings.TrimSpace(name))
		if !slices.Contains(jobs.Roles(), role) {
			return nil, failure.New(failure.InvalidConfiguration, "give some of backup, restore, prune, watch, separated by \",\"",
				"PGVAULT_ROLES is %q, and %q is no role", text, role)
		}
		if !slices.Contains(roles, role) {
			roles = append(roles, role)
		}
	}
	return roles, nil
}
