package localenv

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Audiences of the tokens that pgvault requests.
const (
	storageAudience  = "https://storage.azure.com"
	keyVaultAudience = "https://vault.azure.net"
	postgresAudience = "https://ossrdbms-aad.database.windows.net"
)

// tenant is the fictitious Entra tenant of the local environment.
const tenant = "11111111-2222-3333-4444-555555555555"

// signer makes and checks tokens in the form of Microsoft Entra's. Its key is
// known to no other process.
type signer struct{ key []byte }

func newSigner() *signer {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails, by its contract
	return &signer{key: key}
}

type claims struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	Tenant    string `json:"tid"`
	Object    string `json:"oid"`
	Subject   string `json:"sub"`
	AppID     string `json:"appid"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
}

// worker is the object ID of the managed identity that the endpoint has.
const worker = "66666666-7777-8888-9999-000000000000"

func (s *signer) sign(audience string, expires time.Time) string {
	return s.signFor(worker, audience, expires)
}

// signFor makes a token of a principal, by its object ID.
func (s *signer) signFor(object, audience string, expires time.Time) string {
	// Azurite rejects tokens that are not valid yet by its own clock.
	issued := time.Now().Add(-time.Minute).Unix()
	header, _ := json.Marshal(map[string]string{"alg": "HS256", "typ": "JWT"})
	body, _ := json.Marshal(claims{
		Audience: audience, Issuer: "https://sts.windows.net/" + tenant + "/", Tenant: tenant,
		Object: object, Subject: object, AppID: object,
		IssuedAt: issued, NotBefore: issued, Expires: expires.Unix(),
	})
	text := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(body)
	return text + "." + s.signature(text)
}

// check accepts our own unexpired tokens for one of the audiences.
func (s *signer) check(token string, now time.Time, audiences ...string) error {
	_, err := s.holder(token, now, audiences...)
	return err
}

// holder returns the object ID of the principal that has a token, which it checks.
func (s *signer) holder(token string, now time.Time, audiences ...string) (object string, err error) {
	text, signature, found := cutLast(token, ".")
	if !found || !hmac.Equal([]byte(signature), []byte(s.signature(text))) {
		return "", errors.New("the token's signature is invalid")
	}
	_, body, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil {
		return "", fmt.Errorf("decode the token: %w", err)
	}
	var c claims
	if err := json.Unmarshal(raw, &c); err != nil {
		return "", fmt.Errorf("decode the token: %w", err)
	}
	if !slices.Contains(audiences, strings.TrimSuffix(c.Audience, "/")) {
		return "", fmt.Errorf("the token is for %s", c.Audience)
	}
	if now.Unix() >= c.Expires {
		return "", errors.New("the token has expired")
	}
	return c.Object, nil
}

func (s *signer) signature(text string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}
