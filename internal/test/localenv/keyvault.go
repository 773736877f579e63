package localenv

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pgvault/pgvault/internal/secret"
)

// KeyVault is a Key Vault with versioned secrets and keys. It requires a bearer
// token for Key Vault and checks its signature, audience and expiry. Faults are
// set for single secrets and keys, so that concurrent tests do not interfere.
type KeyVault struct {
	URL string

	signer  *signer
	mu      sync.Mutex
	secrets map[string]*vaultSecret
	keys    map[string]*vaultKey
	faults  faults
	// keyFaults are those of keys, which may have the name of a secret.
	keyFaults faults
	// manifestKey and evidenceKey return the keys of the environment's trust files.
	manifestKey, evidenceKey func() (Key, error)
}

type vaultSecret struct {
	versions []secretVersion
	disabled bool
	denied   bool
	reads    int
}

type secretVersion struct {
	id      string
	value   secret.String
	created time.Time
}

func newKeyVault(url string, s *signer) *KeyVault {
	k := &KeyVault{URL: url, signer: s, secrets: map[string]*vaultSecret{}, keys: map[string]*vaultKey{}}
	k.manifestKey = sync.OnceValues(func() (Key, error) { return k.CreateKey("pgvault-manifest") })
	k.evidenceKey = sync.OnceValues(func() (Key, error) { return k.CreateKey("pgvault-evidence") })
	return k
}

// SecretURL returns the URL for an instance's keyVaultSecret.
func (k *KeyVault) SecretURL(name string) string { return k.URL + "/secrets/" + name }

// SetSecret adds a version and returns the secret's URL without a version.
func (k *KeyVault) SetSecret(name string, value secret.String) string {
	k.change(name, func(s *vaultSecret) {
		// 32 hexadecimal digits, as in Azure.
		s.versions = append(s.versions, secretVersion{id: serial().Text(16), value: value, created: time.Now()})
	})
	return k.SecretURL(name)
}

// DisableSecret disables or enables a secret.
func (k *KeyVault) DisableSecret(name string, disabled bool) {
	k.change(name, func(s *vaultSecret) { s.disabled = disabled })
}

// Deny rejects reads of a secret for lack of a role while it is on.
func (k *KeyVault) Deny(name string, on bool) {
	k.change(name, func(s *vaultSecret) { s.denied = on })
}

// FailNext answers the next n reads of a secret with a status: 429, 503, ….
func (k *KeyVault) FailNext(name string, n, status int, retryAfter time.Duration) {
	k.faults.failNext(name, n, status, retryAfter)
}

// Reads returns the number of successful reads of a secret.
func (k *KeyVault) Reads(name string) int {
	var n int
	k.change(name, func(s *vaultSecret) { n = s.reads })
	return n
}

// Version returns the newest version of a secret.
func (k *KeyVault) Version(name string) string {
	var id string
	k.change(name, func(s *vaultSecret) {
		if len(s.versions) > 0 {
			id = s.versions[len(s.versions)-1].id
		}
	})
	return id
}

func (k *KeyVault) change(name string, f func(*vaultSecret)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secrets[name] == nil {
		k.secrets[name] = &vaultSecret{}
	}
	f(k.secrets[name])
}

// ServeHTTP answers GET /secrets/{name}[/{version}], PUT /secrets/{name}, and
// requests for keys.
func (k *KeyVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if err := k.signer.check(token, time.Now(), keyVaultAudience); err != nil {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/`+tenant+`", resource="https://vault.azure.net"`)
		message := "AKV10000: Request is missing a Bearer or PoP token."
		if found {
			message = "AKV10022: Invalid token: " + err.Error()
		}
		vaultError(w, http.StatusUnauthorized, "Unauthorized", "", message)
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) >= 2 && parts[0] == "keys":
		k.serveKeys(w, r, parts[1], parts[2:])
	case len(parts) < 2 || len(parts) > 3 || parts[0] != "secrets":
		vaultError(w, http.StatusNotFound, "NotFound", "", "no such resource")
	case r.Method == http.MethodGet:
		k.get(w, parts[1], strings.Join(parts[2:], ""))
	case r.Method == http.MethodPut && len(parts) == 2:
		k.put(w, r, parts[1])
	default:
		vaultError(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "", "not among what the stand-in does")
	}
}

func (k *KeyVault) get(w http.ResponseWriter, name, version string) {
	if k.faults.answer(w, name) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.secrets[name]
	if s != nil && s.denied {
		vaultError(w, http.StatusForbidden, "Forbidden", "ForbiddenByRbac",
			"Caller is not authorized to perform action on resource. Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'")
		return
	}
	found := s.find(version)
	switch {
	case found == nil:
		vaultError(w, http.StatusNotFound, "SecretNotFound", "",
			"A secret with (name/id) "+name+" was not found in this key vault.")
	case s.disabled:
		vaultError(w, http.StatusForbidden, "Forbidden", "SecretDisabled", "Operation get is not allowed on a disabled secret.")
	default:
		s.reads++
		k.writeSecret(w, name, found)
	}
}

// find returns a version; the newest one for "".
func (s *vaultSecret) find(version string) *secretVersion {
	if s == nil {
		return nil
	}
	for i := len(s.versions) - 1; i >= 0; i-- {
		if version == "" || s.versions[i].id == version {
			return &s.versions[i]
		}
	}
	return nil
}

func (k *KeyVault) put(w http.ResponseWriter, r *http.Request, name string) {
	var body struct {
		Value string `json:"value"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Value == "" {
		vaultError(w, http.StatusBadRequest, "BadParameter", "", "The body is not a secret.")
		return
	}
	k.SetSecret(name, secret.New(body.Value))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.writeSecret(w, name, k.secrets[name].find(""))
}

func (k *KeyVault) writeSecret(w http.ResponseWriter, name string, v *secretVersion) {
	writeJSON(w, http.StatusOK, map[string]any{
		"id":         k.SecretURL(name) + "/" + v.id,
		"value":      v.value.Reveal(),
		"attributes": map[string]any{"enabled": true, "created": v.created.Unix(), "updated": v.created.Unix()},
	})
}

func vaultError(w http.ResponseWriter, status int, code, inner, message string) {
	detail := map[string]any{"code": code, "message": message}
	if inner != "" {
		detail["innererror"] = map[string]string{"code": inner}
	}
	writeJSON(w, status, map[string]any{"error": detail})
}

// answer answers with the next fault, if there is one.
func (f *faults) answer(w http.ResponseWriter, key string) bool {
	next, ok := f.take(key)
	if !ok {
		return false
	}
	if next.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((next.retryAfter+time.Second-1)/time.Second)))
	}
	vaultError(w, next.status, strings.ReplaceAll(http.StatusText(next.status), " ", ""), "", "a fault that a test asked for")
	return true
}
