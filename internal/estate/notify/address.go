package notify

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/secret"
)

// address is the content of a secret.
type address struct {
	scheme scheme
	// url is never printed.
	url *url.URL
	// key signs events; it is zero if the secret has none.
	key secret.String
}

// keyPrefix begins a key, as in Standard Webhooks.
const keyPrefix = "whsec_"

// Sizes of keys in bytes, as in Standard Webhooks.
const (
	leastKey = 24
	mostKey  = 64
)

// parseAddress parses the value of a secret: an address, or a JSON object with
// "address" and "key". Its errors contain nothing of it.
func parseAddress(stored secret.String) (address, error) {
	text := strings.TrimSpace(stored.Reveal())
	var parts struct {
		Address string `json:"address"`
		Key     string `json:"key"`
	}
	parts.Address = text
	if strings.HasPrefix(text, "{") {
		parts.Address = ""
		decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
		decoder.DisallowUnknownFields()
		if decoder.Decode(&parts) != nil || decoder.More() {
			return address{}, badAddress("it is not a JSON object with the fields address and key")
		}
	}
	u, err := url.Parse(parts.Address)
	if err != nil || u.Scheme == "" || u.Opaque != "" || u.Fragment != "" {
		return address{}, badAddress("it is not an address")
	}
	known := schemes()
	at := slices.IndexFunc(known, func(s scheme) bool { return s.name == u.Scheme })
	if at < 0 {
		return address{}, badAddress("its address has an unknown scheme")
	}
	a := address{scheme: known[at], url: u}
	if parts.Key == "" {
		return a, nil
	}
	a.key, err = parseKey(parts.Key)
	if err == nil && !a.scheme.signs {
		err = badAddress("a key signs events, and its address is not an https address")
	}
	return a, err
}

// parseKey returns the bytes of a key.
func parseKey(text string) (secret.String, error) {
	encoded, ok := strings.CutPrefix(text, keyPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < leastKey || len(key) > mostKey {
		return secret.String{}, badAddress("its key is not " + keyPrefix + " and the Base64 of 24 to 64 bytes")
	}
	return secret.New(string(key)), nil
}

func badAddress(problem string) *failure.Error {
	var names []string
	for _, s := range schemes() {
		names = append(names, s.name+"://")
	}
	return failure.New(failure.SecretFormat,
		`store an address that begins with `+strings.Join(names, ", ")+` or, to sign events, {"address": "https://…", "key": "whsec_…"}`,
		"the secret holds no address for notifications: %s", problem)
}
