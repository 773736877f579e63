package trust

import (
	"fmt"
	"path/filepath"
	"regexp"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
)

var keyIDForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,127}/[A-Za-z0-9-]{1,64}$`)

func (p *parser) signatures(n ast.Node, path string) {
	s := &p.file.signatures
	before := p.Problems()
	p.Object(n, nil, path,
		yamlreader.Optional("required", p.Boolean(&s.Required)),
		yamlreader.Optional("manifests", p.keys(&s.Manifests)),
		yamlreader.Optional("evidence", p.keys(&s.Evidence)),
		yamlreader.Optional("copied", each(p, "days", &s.Copied, ParseDay)),
	)
	if s.Required && len(s.Manifests) == 0 && p.Problems() == before {
		p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: signatures are required, and no key is named; add \"manifests:\"", path)
	}
}

func (p *parser) keys(into *[]Key) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		p.items(n, path, "keys", func(n ast.Node, path string) {
			key := p.key(n, path)
			for i, other := range *into {
				if key.ID != "" && key.ID == other.ID {
					p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: has the ID of key %d; remove one of them", path, i+1)
				}
			}
			*into = append(*into, key)
		})
	}
}

func (p *parser) key(n ast.Node, path string) Key {
	var key Key
	p.Object(n, nil, path,
		yamlreader.Required("id", p.Text(&key.ID, func(text string) error {
			if !keyIDForm.MatchString(text) {
				return fmt.Errorf("%s is not the ID of a key; write its name and its version, like pgvault-manifest/3f2a", shown(text))
			}
			return nil
		})),
		yamlreader.Required("publicKey", p.Text(&key.File, func(text string) error {
			if !filepath.IsLocal(text) {
				return fmt.Errorf("%s is not below the folder of the trust file; write a path relative to it, like manifest-2026.pem", shown(text))
			}
			return nil
		})),
		yamlreader.Required("from", p.date(&key.From)),
		yamlreader.Optional("until", p.date(&key.Until)),
		yamlreader.Optional("revoked", p.date(&key.Revoked)),
	)
	if !key.From.IsZero() && !key.Until.IsZero() && !key.Until.After(key.From) {
		p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: until is not after from", path)
	}
	return key
}

// date returns a reader of a date. It yields the beginning of the day in UTC.
func (p *parser) date(into *time.Time) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text, at, ok := p.String(n, path)
		if !ok {
			return
		}
		day, err := ParseDay(text)
		if err != nil {
			p.Problem(at, "%s: %v", path, err)
			return
		}
		*into = day
	}
}

// ParseDay parses a day, like 2026-12-01. It returns the beginning of the day in
// UTC.
func ParseDay(text string) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%s is not a day, like 2026-12-01", shown(text))
	}
	return day, nil
}
