package trust

import (
	"fmt"
	"slices"
)

// Notify returns a refusal unless notifications may be sent to a host.
func (f File) Notify(host string) error {
	name, err := canonicalHost(host)
	if err != nil {
		return unusable(fmt.Errorf("the host of notifications: %w", err), "give one DNS name or IP address, like hooks.example.com")
	}
	if slices.ContainsFunc(f.notify, func(p hostPattern) bool { return p.matches(name) }) {
		return nil
	}
	return f.refuse(fmt.Sprintf("notify: [%q]", name), "notifications to host %s", name)
}

// NotifySecret returns a refusal unless a Key Vault secret may be read as the
// address of a receiver of notifications. Without a list of such secrets, it may
// be any secret of a Key Vault of Azure.
func (f File) NotifySecret(secretURL string) error {
	secret, err := parseSecret(secretURL)
	if err != nil {
		return unusable(fmt.Errorf("the address of a notification: %w", err), "give the URL of a secret, without a version")
	}
	if len(f.notifySecrets) == 0 && secret.inAzure() ||
		slices.ContainsFunc(f.notifySecrets, func(p secretPattern) bool { return p.matches(secret) }) {
		return nil
	}
	return f.refuse(fmt.Sprintf("notifySecrets: [%q]", secret), "the use of secret %s as the address of a notification", secret)
}
