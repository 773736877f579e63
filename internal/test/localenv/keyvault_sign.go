package localenv

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// apiVersion matches the versions of the REST interface.
var apiVersion = regexp.MustCompile(`^(7\.\d|20\d\d-\d\d-\d\d)$`)

// serveKeys answers POST /keys/{name}/create, GET /keys/{name}[/{version}], GET
// /keys/{name}/versions and POST /keys/{name}/{version}/sign.
func (k *KeyVault) serveKeys(w http.ResponseWriter, r *http.Request, name string, rest []string) {
	if !apiVersion.MatchString(r.URL.Query().Get("api-version")) {
		vaultError(w, http.StatusBadRequest, "BadParameter", "", "The request has no valid api-version.")
		return
	}
	if k.keyFaults.answer(w, name) {
		return
	}
	path := strings.Join(rest, "/")
	version, signs := strings.CutSuffix(path, "/sign")
	switch {
	case r.Method == http.MethodPost && path == "create":
		k.permitted(w, name, KeyCreate, func() { k.createKey(w, r, name) })
	case r.Method == http.MethodPost && signs && !strings.Contains(version, "/"):
		k.permitted(w, name, KeySign, func() { k.sign(w, r, name, version) })
	case r.Method == http.MethodGet && path == "versions":
		k.permitted(w, name, KeyRead, func() { k.listKeys(w, name) })
	case r.Method == http.MethodGet && len(rest) < 2:
		k.permitted(w, name, KeyRead, func() { k.getKey(w, name, path) })
	default:
		vaultError(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "", "not among what the stand-in does")
	}
}

// permitted calls answer if the identity has a right to a key. As in Azure, who
// has no right does not learn whether the key exists.
func (k *KeyVault) permitted(w http.ResponseWriter, name, right string, answer func()) {
	k.mu.Lock()
	has := slices.Contains(k.key(name).rights, right)
	k.mu.Unlock()
	if has {
		answer()
		return
	}
	vaultError(w, http.StatusForbidden, "Forbidden", "ForbiddenByRbac",
		"Caller is not authorized to perform action on resource.\r\n"+
			"If role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\n"+
			"Caller: appid="+worker+";oid="+worker+";iss=https://sts.windows.net/"+tenant+"/\r\nAction: '"+right+"'\r\nAssignment: (not found)\r\n")
}

func (k *KeyVault) createKey(w http.ResponseWriter, r *http.Request, name string) {
	var body struct {
		Type       string   `json:"kty"`
		Curve      string   `json:"crv"`
		Operations []string `json:"key_ops"`
		Attributes struct {
			Enabled   *bool `json:"enabled"`
			NotBefore int64 `json:"nbf"`
			Expires   int64 `json:"exp"`
		} `json:"attributes"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil || body.Type != "EC" || body.Curve != "P-256" {
		vaultError(w, http.StatusBadRequest, "BadParameter", "", "the stand-in creates keys of the type EC on the curve P-256 only")
		return
	}
	attributes := KeyAttributes{
		Enabled:   body.Attributes.Enabled == nil || *body.Attributes.Enabled,
		NotBefore: fromUnix(body.Attributes.NotBefore), Expires: fromUnix(body.Attributes.Expires), Operations: body.Operations,
	}
	if attributes.Operations == nil {
		attributes.Operations = []string{"sign", "verify"}
	}
	version, err := k.addKey(name, attributes)
	if err != nil {
		vaultError(w, http.StatusInternalServerError, "InternalServerError", "", err.Error())
		return
	}
	k.getKey(w, name, version.id)
}

// getKey answers with a public key. Azure too does so for disabled and expired
// keys.
func (k *KeyVault) getKey(w http.ResponseWriter, name, version string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	v := k.version(name + "/" + version)
	if v == nil {
		keyNotFound(w, name, version)
		return
	}
	point, err := v.private.PublicKey.Bytes()
	if err != nil {
		vaultError(w, http.StatusInternalServerError, "InternalServerError", "", err.Error())
		return
	}
	const size = 32 // of a coordinate; the first byte says that both follow
	writeJSON(w, http.StatusOK, map[string]any{
		"key": map[string]any{
			"kid": k.KeyURL(name) + "/" + v.id, "kty": "EC", "crv": "P-256", "key_ops": v.attributes.Operations,
			"x": base64.RawURLEncoding.EncodeToString(point[1 : 1+size]), "y": base64.RawURLEncoding.EncodeToString(point[1+size:]),
		},
		"attributes": v.json(),
	})
}

func (k *KeyVault) listKeys(w http.ResponseWriter, name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := []map[string]any{}
	for _, v := range k.key(name).versions {
		list = append(list, map[string]any{"kid": k.KeyURL(name) + "/" + v.id, "attributes": v.json()})
	}
	writeJSON(w, http.StatusOK, map[string]any{"value": list, "nextLink": nil})
}

func (v *keyVersion) json() map[string]any {
	attributes := map[string]any{"enabled": v.attributes.Enabled, "created": v.created.Unix(), "updated": v.created.Unix(), "recoveryLevel": "Recoverable+Purgeable"}
	for name, at := range map[string]time.Time{"nbf": v.attributes.NotBefore, "exp": v.attributes.Expires} {
		if !at.IsZero() {
			attributes[name] = at.Unix()
		}
	}
	return attributes
}

func fromUnix(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

func keyNotFound(w http.ResponseWriter, name, version string) {
	vaultError(w, http.StatusNotFound, "KeyNotFound", "", "A key with (name/id) "+strings.TrimSuffix(name+"/"+version, "/")+" was not found in this key vault. "+
		"If you recently deleted this key you may be able to recover it using the correct recovery command.")
}

// sign answers with R and S of 32 bytes each, in base64url.
func (k *KeyVault) sign(w http.ResponseWriter, r *http.Request, name, version string) {
	var body struct {
		Algorithm string `json:"alg"`
		Value     string `json:"value"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		vaultError(w, http.StatusBadRequest, "BadParameter", "", "The body is not a digest with an algorithm.")
		return
	}
	digest, err := base64.RawURLEncoding.DecodeString(body.Value)
	k.mu.Lock()
	defer k.mu.Unlock()
	v := k.version(name + "/" + version)
	if v == nil {
		keyNotFound(w, name, version)
		return
	}
	if inner, message := v.refusal(time.Now()); inner != "" {
		vaultError(w, http.StatusForbidden, "Forbidden", inner, message)
		return
	}
	url := k.KeyURL(name) + "/" + v.id
	switch {
	case body.Algorithm != "ES256":
		vaultError(w, http.StatusBadRequest, "BadParameter", "", fmt.Sprintf("Key and signing algorithm are incompatible. Key %s uses curve 'P-256', which algorithm '%s' cannot be used with.", url, body.Algorithm))
		return
	case err != nil:
		vaultError(w, http.StatusBadRequest, "BadParameter", "", "Property 'value' is not encoded with base64url.")
		return
	case len(digest) != 32:
		vaultError(w, http.StatusBadRequest, "BadParameter", "", fmt.Sprintf("Invalid length of 'value': %d bytes. ES256 requires 32 bytes, encoded with base64url.", len(digest)))
		return
	}
	first, second, err := ecdsa.Sign(rand.Reader, v.private, digest)
	if err != nil {
		vaultError(w, http.StatusInternalServerError, "InternalServerError", "", err.Error())
		return
	}
	v.signatures++
	signature := make([]byte, 64)
	first.FillBytes(signature[:32])
	second.FillBytes(signature[32:])
	writeJSON(w, http.StatusOK, map[string]string{"kid": url, "value": base64.RawURLEncoding.EncodeToString(signature)})
}

// refusal returns why a version must not sign. KeyDisabled and
// KeyOperationForbidden are Azure's codes as published; those of keys outside
// their time are in the same style, since Azure's documentation gives only the
// status.
func (v *keyVersion) refusal(now time.Time) (inner, message string) {
	a := v.attributes
	switch {
	case !a.Enabled:
		return "KeyDisabled", "Operation sign is not allowed on a disabled key."
	case !slices.Contains(a.Operations, "sign"):
		return "KeyOperationForbidden", "Operation sign is not permitted on this key."
	case now.Before(a.NotBefore):
		return "KeyNotYetValid", "Operation sign is not allowed on a key that is not yet valid."
	case !a.Expires.IsZero() && !now.Before(a.Expires):
		return "KeyExpired", "Operation sign is not allowed on an expired key."
	}
	return "", ""
}
