package trust

import (
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// Instance returns a finding for each refusal of the file that prevents backups
// of an instance. It does not know the value of the secret: see [File.Binds].
func (f File) Instance(i instance.Instance) []failure.Finding {
	to := Destination{Use: Backup, Host: i.Server.Host}
	signIn := f.EntraToken(to)
	if i.SignIn.Entra == nil {
		signIn = f.Secret(to, i.SignIn.KeyVaultSecret)
	}
	refusals := []error{signIn, f.TLS(i.Server.TLS.Mode), f.RootCertificate(i.Server.TLS.RootCertificate)}
	var findings []failure.Finding
	for _, err := range refusals {
		var refusal *failure.Error
		if errors.As(err, &refusal) {
			findings = append(findings, failure.Finding{
				Check: "trust", Code: refusal.Code, Message: refusal.Message, Action: refusal.Action, Objects: []string{i.Name},
			})
		}
	}
	return findings
}
