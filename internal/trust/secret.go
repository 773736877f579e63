package trust

import (
	"fmt"
	"regexp"
	"strings"
)

// keyVaultDomains are the domains of Key Vaults in Azure's clouds.
var keyVaultDomains = []string{"vault.azure.net", "vault.azure.cn", "vault.usgovcloudapi.net"}

var (
	secretName        = regexp.MustCompile(`^[a-z0-9-]{1,127}$`)
	secretNamePattern = regexp.MustCompile(`^[a-z0-9-]{0,127}\*?$`)
)

// secretPattern is a Key Vault secret, or several secrets whose names have a
// common prefix. Names are in lower case, since Key Vault ignores case.
type secretPattern struct{ vault, name string }

// parseSecretPattern parses https://VAULT/secrets/NAME. NAME may end in an
// asterisk.
func parseSecretPattern(text string) (secretPattern, error) {
	const form = "https://VAULT.vault.azure.net/secrets/NAME, or /secrets/* for all of a Key Vault"
	return parseSecretURL(text, secretNamePattern, form)
}

// parseSecret parses the URL of one secret. It accepts a trailing slash, as
// [instance.ParseSecretURL] does.
func parseSecret(text string) (secretPattern, error) {
	return parseSecretURL(text, secretName, "https://VAULT.vault.azure.net/secrets/NAME")
}

func parseSecretURL(text string, names *regexp.Regexp, form string) (secretPattern, error) {
	a, err := parseAddress(strings.TrimSuffix(text, "/"))
	if err != nil {
		return secretPattern{}, fmt.Errorf("the secret's URL %w; write %s", err, form)
	}
	if len(a.path) != 2 || a.path[0] != "secrets" || a.path[1] == "" || !names.MatchString(strings.ToLower(a.path[1])) {
		return secretPattern{}, fmt.Errorf("the URL names no secret; write %s", form)
	}
	return secretPattern{vault: a.origin(), name: strings.ToLower(a.path[1])}, nil
}

func (p secretPattern) matches(secret secretPattern) bool {
	return p.vault == secret.vault && matchName(p.name, secret.name)
}

func (p secretPattern) String() string { return p.vault + "/secrets/" + p.name }

// field returns the field of an item of "servers:" that binds the secret, or ""
// for the zero value.
func (p secretPattern) field() string {
	if p == (secretPattern{}) {
		return ""
	}
	return fmt.Sprintf(", secrets: [%q]", p)
}

// inAzure reports whether the secret's host is a Key Vault of Azure.
func (p secretPattern) inAzure() bool {
	return under(strings.TrimPrefix(p.vault, "https://"), keyVaultDomains...)
}
