package trust

import "fmt"

// sharedDomains are the domains in which any customer of Azure can have a
// server.
var sharedDomains = []string{"postgres.database.azure.com", "postgres.database.chinacloudapi.cn", "postgres.database.usgovcloudapi.net"}

// Warnings returns a warning for each host pattern by which the file allows
// passwords or tokens for other customers' servers, and one for keys without the
// vault's ID. Such a pattern covers a domain that all customers of Azure share.
func (f File) Warnings() []string {
	var warnings []string
	if f.vaultID == "" && len(f.signatures.Manifests) > 0 {
		warnings = append(warnings, "signatures: without vaultID, who can write vault.json has recovery points of another vault accepted that the same key has signed; add the vaultID, the id in vault.json")
	}
	for _, s := range f.servers {
		for _, host := range s.hosts {
			if !host.shared() {
				continue
			}
			if s.entra {
				warnings = append(warnings, fmt.Sprintf("servers: %s with entra: true: a Microsoft Entra token may be sent to the server of any customer of Azure; list your hosts one by one", host))
			}
			if len(s.secrets) > 0 {
				warnings = append(warnings, fmt.Sprintf("servers: %s with secrets: a password may be sent to the server of any customer of Azure; list your hosts one by one", host))
			}
		}
	}
	return warnings
}

// shared reports whether the pattern covers servers of any customer of Azure.
func (p hostPattern) shared() bool {
	for _, domain := range sharedDomains {
		if p == hostPattern("*."+domain) {
			return true
		}
	}
	return false
}
