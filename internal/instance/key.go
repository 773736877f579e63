package instance

import (
	"fmt"
	"strings"
)

// CheckKeyVaultURL returns an error if text is not the URL of a Key Vault.
func CheckKeyVaultURL(text string) error {
	const form = "https://VAULT.vault.azure.net"
	u, err := parseBareURL(text)
	if err != nil {
		return fmt.Errorf("the Key Vault's URL %w; write %s", err, form)
	}
	if strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("%q is not a Key Vault's URL; write %s", text, form)
	}
	return nil
}

// ParseKeyURL splits the URL of a Key Vault key into the vault's URL, the key's
// name and its version. version is "" if the URL has none.
func ParseKeyURL(text string) (vaultURL, name, version string, err error) {
	const form = "https://VAULT.vault.azure.net/keys/NAME or https://VAULT.vault.azure.net/keys/NAME/VERSION"
	u, err := parseBareURL(text)
	if err != nil {
		return "", "", "", fmt.Errorf("the key's URL %w; write %s", err, form)
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) == 2 {
		parts = append(parts, "")
	}
	if len(parts) != 3 || parts[0] != "keys" || !secretForm.MatchString(parts[1]) || parts[2] != "" && !secretForm.MatchString(parts[2]) {
		return "", "", "", fmt.Errorf("%q is not a key's URL; write %s", text, form)
	}
	return "https://" + u.Host, parts[1], parts[2], nil
}
