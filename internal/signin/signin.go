package signin

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/postgres"
	"github.com/pgvault/pgvault/internal/postgres/connstr"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/azure"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// Source is where secrets and tokens come from. It is safe for concurrent use.
type Source interface {
	Trust
	// Newest reads the newest version of a Key Vault secret.
	Newest(ctx context.Context, secretURL string) (azure.Secret, error)
	// PostgresToken returns a Microsoft Entra token for the PostgreSQL scope.
	PostgresToken(ctx context.Context) (secret.String, error)
}

// Account is one way to sign in to one database.
type Account struct {
	Server   instance.Server
	Database string
	SignIn   instance.SignIn
	// InstanceHost is the host of the instance whose recovery point is restored;
	// empty for any other purpose.
	InstanceHost string
	// Drill reports whether a recovery point is restored for a drill.
	Drill bool
	// By is whose Microsoft Entra token the server gets, for messages.
	By whose.SignIn
}

// OfInstance is the account that an instance's backups use.
func OfInstance(i instance.Instance) Account {
	return Account{Server: i.Server, Database: i.Database, SignIn: i.SignIn}
}

// Kinds of sign-in.
const (
	KeyVault = "key-vault"
	Entra    = "entra"
)

// Reference says how a sign-in was made, without the secret.
type Reference struct {
	Kind    string
	URL     string
	Version string
	Form    connstr.Form
	User    string
	// Notes are facts about the secret that stop no sign-in.
	Notes []string
}

// Resolve reads the newest secret, or prepares for tokens, and returns the target
// to connect to. What the secret lacks comes from the account. An account that the
// source's [Trust] refuses is an error before anything is read.
func Resolve(ctx context.Context, source Source, account Account) (postgres.Target, Reference, error) {
	if err := source.Allow(account); err != nil {
		return postgres.Target{}, Reference{}, err
	}
	if account.SignIn.Entra != nil {
		return entraTarget(source, account)
	}
	return secretTarget(ctx, source, account)
}

func entraTarget(source Source, account Account) (postgres.Target, Reference, error) {
	target := targetOf(account)
	target.User = account.SignIn.Entra.User
	target.EntraToken, target.By = true, account.By
	target.Password = source.PostgresToken
	return target, Reference{Kind: Entra, User: target.User}, nil
}

func secretTarget(ctx context.Context, source Source, account Account) (postgres.Target, Reference, error) {
	url := account.SignIn.KeyVaultSecret
	stored, err := source.Newest(ctx, url)
	if err != nil {
		return postgres.Target{}, Reference{}, err
	}
	params, form, err := connstr.Parse(stored.Value)
	if err != nil {
		return postgres.Target{}, Reference{}, inSecret(err, url)
	}
	target := targetOf(account)
	target.User = params.User
	target.Password = func(ctx context.Context) (secret.String, error) { return params.Password, nil }
	if err := agree(params, account, url); err != nil {
		return postgres.Target{}, Reference{}, err
	}
	if err := source.AllowPassword(account, params.Host); err != nil {
		return postgres.Target{}, Reference{}, err
	}
	if target.User == "" || params.Password.IsZero() {
		return postgres.Target{}, Reference{}, failure.New(failure.SecretFormat,
			"store user and password in it", "Key Vault secret %s holds no user or no password", url)
	}
	reference := Reference{Kind: KeyVault, URL: url, Version: stored.Version, Form: form, User: target.User}
	if params.SSLRootCert != "" {
		reference.Notes = []string{"Key Vault secret " + url + " names root certificates, which are taken from pgvault.yaml only (server.tls.rootCertificate)"}
	}
	return target, reference, nil
}

// agree refuses a secret that names another server than the account does: it is
// the wrong secret more often than another name of the same server, and a
// backup of the wrong server would look like a good one. The database's name in
// a secret is skipped, since one secret serves many databases.
func agree(params connstr.Params, account Account, url string) error {
	host, port := account.Server.Host, account.Server.Port
	if (params.Host == "" || strings.EqualFold(params.Host, host)) && (params.Port == 0 || params.Port == port) {
		return nil
	}
	return failure.New(failure.InvalidConfiguration,
		"make both name the same server, or leave the server out of the secret",
		"Key Vault secret %s is for another server than %s:%d", url, host, port)
}

func targetOf(account Account) postgres.Target {
	return postgres.Target{
		Host: account.Server.Host, Port: account.Server.Port, Database: account.Database,
		TLS: postgres.TLS{Mode: account.Server.TLS.Mode, RootCertificate: account.Server.TLS.RootCertificate},
	}
}

// inSecret names the secret in an error about its form.
func inSecret(err error, url string) error {
	var f *failure.Error
	if !errors.As(err, &f) {
		return err
	}
	return failure.New(f.Code, f.Action, "Key Vault secret %s: %s", url, f.Summary())
}

// Session is an open connection and what it was made with.
type Session struct {
	Conn      *pgx.Conn
	Target    postgres.Target
	Reference Reference
}

// Open resolves and connects. A refused sign-in is tried once more with what
// the source holds then.
func Open(ctx context.Context, source Source, account Account) (*Session, error) {
	session, err := open(ctx, source, account)
	if Refused(err) {
		return open(ctx, source, account)
	}
	return session, err
}

func open(ctx context.Context, source Source, account Account) (*Session, error) {
	target, reference, err := Resolve(ctx, source, account)
	if err != nil {
		return nil, err
	}
	conn, err := postgres.Connect(ctx, target)
	if err != nil {
		return nil, err
	}
	return &Session{Conn: conn, Target: target, Reference: reference}, nil
}

// Refused reports whether a server has refused a sign-in, which one fresh read may mend.
func Refused(err error) bool {
	code := failure.CodeOf(err)
	return code == failure.DBUserAuthFailed || code == failure.BackupUserAuthFailed
}

// Close ends the session, and waits for the server to let go of it. What it
// answers no longer matters by then.
func (s *Session) Close(ctx context.Context) { postgres.Leave(ctx, s.Conn) }
