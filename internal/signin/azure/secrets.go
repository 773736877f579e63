package azure

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// Secret is one version of a secret.
type Secret struct {
	Value   secret.String
	Version string
	// URL is the secret's URL without the version.
	URL string
}

// Secrets reads secrets from any number of Key Vaults. It is safe for
// concurrent use.
type Secrets struct {
	cred    azcore.TokenCredential
	options Options

	mu      sync.Mutex
	clients map[string]*azsecrets.Client // by the vault's URL
}

// NewSecrets makes a reader of secrets.
func NewSecrets(cred azcore.TokenCredential, o Options) *Secrets {
	return &Secrets{cred: cred, options: o, clients: map[string]*azsecrets.Client{}}
}

// Newest reads the newest version of a secret, again at every call.
func (s *Secrets) Newest(ctx context.Context, secretURL string) (Secret, error) {
	vaultURL, name, err := instance.ParseSecretURL(secretURL)
	if err != nil {
		return Secret{}, failure.New(failure.InvalidSecret, "correct keyVaultSecret", "%s", err.Error())
	}
	client, err := s.client(vaultURL)
	if err != nil {
		return Secret{}, failure.Wrap(err, failure.InvalidSecretStore, "correct keyVaultSecret", "no client for the Key Vault %s", vaultURL)
	}
	found, err := client.GetSecret(ctx, name, "", nil)
	if err != nil {
		return Secret{}, classify(ctx, err, secretObject{vaultURL, name, s.options.By})
	}
	url := vaultURL + "/secrets/" + name
	if found.Value == nil || *found.Value == "" || found.ID == nil {
		return Secret{}, failure.New(failure.InvalidSecret, "set the secret's value", "the secret %s is empty", url)
	}
	return Secret{Value: secret.New(*found.Value), Version: found.ID.Version(), URL: url}, nil
}

// client returns the vault's client; it remembers the vault's challenge, which
// saves a request the next time.
func (s *Secrets) client(vaultURL string) (*azsecrets.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if client, ok := s.clients[vaultURL]; ok {
		return client, nil
	}
	client, err := azsecrets.NewClient(vaultURL, s.cred, &azsecrets.ClientOptions{
		ClientOptions:                        clientOptions(s.options),
		DisableChallengeResourceVerification: s.options.DisableChallengeResourceVerification,
	})
	if err != nil {
		return nil, err
	}
	s.clients[vaultURL] = client
	return client, nil
}

// secretObject is a secret as the object of a request.
type secretObject struct {
	vault, name string
	whose       whose.SignIn
}

func (s secretObject) vaultURL() string { return s.vault }
func (s secretObject) setting() string  { return "keyVaultSecret" }
func (s secretObject) by() whose.SignIn { return s.whose }
func (s secretObject) url() string      { return s.vault + "/secrets/" + s.name }
func (s secretObject) doing() string    { return "read the secret " + s.url() }

func (s secretObject) explains(status int, said answer) bool {
	return status == http.StatusForbidden && strings.HasPrefix(said.inner, "Secret")
}

func (s secretObject) missing() *failure.Error {
	return failure.New(failure.InvalidSecret, fmt.Sprintf("az keyvault secret set --vault-name %s --name %s --file FILE", vaultName(s.vault), s.name),
		"the secret %s does not exist", s.url())
}

func (s secretObject) unusable(said answer) *failure.Error {
	return failure.New(failure.InvalidSecret, fmt.Sprintf("az keyvault secret set-attributes --vault-name %s --name %s --enabled true, or set a new version", vaultName(s.vault), s.name),
		"the secret %s is disabled, expired or not yet valid: %s", s.url(), said)
}

func (s secretObject) denied(said answer) *failure.Error {
	return failure.New(failure.MissingPermissionsOnSecretStore,
		s.whose.Grant(fmt.Sprintf("az role assignment create --role \"Key Vault Secrets User\" --assignee %s --scope \"$(az keyvault show --name %s --query id -o tsv)/secrets/%s\"",
			s.whose.Assignee(), vaultName(s.vault), s.name)),
		"%s may not read the secret %s: %s", s.whose, s.url(), said)
}
