package azure

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/signin/whose"
)

// keyObject is a version of a key as the object of a request.
type keyObject struct {
	keys          *Keys
	name, version string
}

func (k keyObject) vaultURL() string { return k.keys.vault }
func (k keyObject) setting() string  { return k.keys.named }
func (k keyObject) by() whose.SignIn { return k.keys.by }

func (k keyObject) url() string {
	return strings.TrimSuffix(k.keys.vault+"/keys/"+k.name+"/"+k.version, "/")
}

// explains also holds for a bad request: the key is of another type or curve
// then.
func (k keyObject) explains(status int, said answer) bool {
	return status == http.StatusBadRequest || status == http.StatusForbidden && strings.HasPrefix(said.inner, "Key")
}

// scope is the scope of a role assignment for the key.
func (k keyObject) scope() string {
	return fmt.Sprintf("\"$(az keyvault show --name %s --query id -o tsv)/keys/%s\"", vaultName(k.keys.vault), k.name)
}

// signingKey is a key with which a worker signs.
type signingKey struct{ keyObject }

func (k signingKey) doing() string { return "sign with the key " + k.url() }

// remedy is the remedy for a version that cannot sign.
func (k signingKey) remedy() string {
	return fmt.Sprintf("add a version that signs: az keyvault key rotate --vault-name %s --name %s, then `pgvault trust keys` for the trust file of every worker", vaultName(k.keys.vault), k.name)
}

func (k signingKey) missing() *failure.Error {
	return failure.New(failure.SigningKeyUnusable,
		fmt.Sprintf("if it was deleted: az keyvault key recover --vault-name %s --name %s; else correct %s, or %s", vaultName(k.keys.vault), k.name, k.setting(), k.remedy()),
		"the key %s, which signs by the trust file, does not exist", k.url())
}

func (k signingKey) unusable(said answer) *failure.Error {
	return failure.New(failure.SigningKeyUnusable, fmt.Sprintf("az keyvault key set-attributes --id %s --enabled true --ops sign, with --expires or --not-before if its time is wrong; or %s", k.url(), k.remedy()),
		"the key %s, which signs by the trust file, is disabled, expired, not yet valid or not for signing by ES256: %s", k.url(), said)
}

func (k signingKey) denied(said answer) *failure.Error {
	return failure.New(failure.MissingPermissionsOnSecretStore,
		"give it a role with the data action Microsoft.KeyVault/vaults/keys/sign/action: az role assignment create --role \"pgvault signer\" --assignee "+k.by().Assignee()+" --scope "+k.scope(),
		"%s may not sign with the key %s: %s", k.by(), k.url(), said)
}

// readKey is a key whose public key a person reads.
type readKey struct{ keyObject }

func (k readKey) doing() string { return "read the key " + k.url() }

func (k readKey) missing() *failure.Error {
	return failure.New(failure.SigningKeyUnusable,
		fmt.Sprintf("az keyvault key create --vault-name %s --name %s --kty EC --curve P-256 --ops sign, or correct %s", vaultName(k.keys.vault), k.name, k.setting()),
		"the key %s does not exist", k.url())
}

func (k readKey) unusable(said answer) *failure.Error {
	return failure.New(failure.SigningKeyUnusable,
		fmt.Sprintf("make another key: az keyvault key create --vault-name %s --name NAME --kty EC --curve P-256 --ops sign", vaultName(k.keys.vault)),
		"the key %s cannot sign: %s", k.url(), said)
}

func (k readKey) denied(said answer) *failure.Error {
	return failure.New(failure.MissingPermissionsOnSecretStore,
		k.by().Grant("az role assignment create --role \"Key Vault Reader\" --assignee "+k.by().Assignee()+" --scope "+k.scope()),
		"%s may not read the key %s: %s", k.by(), k.url(), said)
}
