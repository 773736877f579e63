package trust

import (
	"errors"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// Instance returns a finding for each refusal of the file that prevents backups
// or drills of an instance. It does not know the value of the secret: see [File.Binds].
func (f File) Instance(i instance.Instance) []failure.Finding {
	refusals := f.account(Backup, i.Server, i.SignIn)
	if i.Drill != nil {
		refusals = append(refusals, f.account(Drill, i.Drill.Server, i.Drill.SignIn)...)
	}
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

// account returns the refusals of a sign-in to a server, with nil for what is
// allowed.
func (f File) account(use Use, server instance.Server, signIn instance.SignIn) []error {
	to := Destination{Use: use, Host: server.Host}
	refused := f.EntraToken(to)
	if signIn.Entra == nil {
		refused = f.Secret(to, signIn.KeyVaultSecret)
	}
	return []error{refused, f.TLS(server.TLS.Mode), f.RootCertificate(server.TLS.RootCertificate)}
}
