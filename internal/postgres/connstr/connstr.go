package connstr

import (
	"errors"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/secret"
)

// Form is the notation of a secret's value.
type Form string

// The accepted forms.
const (
	ADONet  Form = "ado.net"
	URI     Form = "uri"
	Keyword Form = "keyword"
	JSON    Form = "json"
)

// Params are the connection parameters in a secret. Parameters that it does not
// have are zero.
type Params struct {
	Host     string
	Port     int
	Database string
	User     string
	Password secret.String
	// SSLMode is in libpq's spelling: disable, allow, prefer, require,
	// verify-ca or verify-full.
	SSLMode     string
	SSLRootCert string
}

// Parse parses a secret's value. It returns a [failure.SecretFormat] that
// contains no part of the value.
func Parse(value secret.String) (Params, Form, error) {
	text := strings.TrimSpace(strings.TrimPrefix(value.Reveal(), "\ufeff"))
	p, form, err := parse(text)
	if err != nil {
		return Params{}, "", refuse(err)
	}
	return p, form, nil
}

func parse(text string) (Params, Form, error) {
	switch {
	case text == "":
		return Params{}, "", errors.New("it is empty")
	case strings.HasPrefix(text, "{"):
		p, _, err := readParams(parseJSON, text)
		return p, JSON, err
	case isURI(text):
		p, _, err := readParams(parseURI, text)
		return p, URI, err
	case !strings.Contains(text, "="):
		return Params{}, "", errors.New("it has no structure; a password alone is not accepted")
	}
	return parsePairs(text)
}

// parsePairs parses an ADO.NET string or a libpq keyword string. Both are
// key=value pairs with keys in common, and the separator of one may occur in
// the values of the other. The form under which more fields are recognized
// wins.
func parsePairs(text string) (Params, Form, error) {
	ado, adoFields, adoErr := readParams(parseADONet, text)
	kw, kwFields, kwErr := readParams(parseKeyword, text)
	isADO, isKeyword, semicolon := adoErr == nil, kwErr == nil, strings.Contains(text, ";")
	switch {
	case isADO && (!isKeyword || semicolon && adoFields >= kwFields):
		return ado, ADONet, nil
	case isKeyword:
		return kw, Keyword, nil
	case semicolon:
		return Params{}, "", adoErr
	}
	return Params{}, "", kwErr
}

// readParams also returns the number of fields recognized.
func readParams(read func(string) (fields, error), text string) (Params, int, error) {
	found, err := read(text)
	if err != nil {
		return Params{}, 0, err
	}
	p, err := found.params()
	return p, len(found), err
}

func refuse(problem error) error {
	return failure.New(failure.SecretFormat,
		"Store one of these four forms in the secret (what is left out, but for the password, comes from the backup instance):\n"+
			"  ADO.NET:  Server=HOST;Port=5432;Database=DB;User Id=USER;Password=PASSWORD;Ssl Mode=VerifyFull;\n"+
			"  URI:      postgresql://USER:PASSWORD@HOST:5432/DB?sslmode=verify-full   (special characters percent-encoded)\n"+
			"  keywords: host=HOST port=5432 dbname=DB user=USER password='PASSWORD' sslmode=verify-full\n"+
			`  JSON:     {"host":"HOST","port":5432,"dbname":"DB","username":"USER","password":"PASSWORD"}`,
		"the secret's value is in no supported format: %s", problem)
}
