package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

const (
	action = "correct the lines named above; docs/trust.example.yaml shows every field"
	// maxItems is the maximum length of a list of the file.
	maxItems = 1000
	// maxDays is the maximum soft delete of a storage account in days, by Azure's
	// limit.
	maxDays = 365
)

var vaultIDForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// Parse parses a trust file. It does not read the files that it names. name is
// its path, for messages. The error is a *failure.Error with the code
// [failure.InvalidConfiguration] that names every mistake with line and column.
//
// Defaults: no vault ID, no server, no container, no notifications, no checks,
// the TLS mode verify-full, only the system's root certificates, soft delete of 14
// days, no immutability, 10 years of retention, no requirements for the
// storage, no signatures.
func Parse(text []byte, name string) (File, error) {
	if len(text) > maxFile {
		return File{}, failure.New(failure.InvalidConfiguration, "give the path of a trust file; `pgvault trust init` writes one",
			"the trust file %s has %d bytes, and at most %d are read", name, len(text), maxFile)
	}
	sum := sha256.Sum256(text)
	p := parser{file: File{
		name: name, hash: hex.EncodeToString(sum[:]), minimumTLS: instance.TLSVerifyFull,
		softDeleteDays: instance.LeastSoftDelete, maximumRetention: policy.Duration{Years: 10},
	}}
	err := yamlreader.Read(text, action, func(r *yamlreader.Reader, body ast.Node) {
		p.Reader = r
		p.document(body)
	})
	var f *failure.Error
	if errors.As(err, &f) {
		f.Message = "the trust file " + name + ":\n" + f.Message
	}
	if err != nil {
		return File{}, err
	}
	return p.file, nil
}

// parser parses the items of the file.
type parser struct {
	*yamlreader.Reader
	file File
}

func (p *parser) document(body ast.Node) {
	f := &p.file
	p.Object(body, nil, "",
		yamlreader.Optional("vaultID", p.Text(&f.vaultID, checkVaultID)),
		yamlreader.Optional("servers", func(n ast.Node, path string) {
			p.items(n, path, "servers", func(n ast.Node, path string) { f.servers = append(f.servers, p.server(n, path)) })
		}),
		yamlreader.Optional("containers", each(p, "containers", &f.containers, parseContainerPattern)),
		yamlreader.Optional("notify", each(p, "hosts", &f.notify, parseHostPattern)),
		yamlreader.Optional("notifySecrets", each(p, "secrets", &f.notifySecrets, parseSecretPattern)),
		yamlreader.Optional("checks", p.Text(&f.checks, checkFolder)),
		yamlreader.Optional("tls", p.tls),
		yamlreader.Optional("vault", p.vault),
		yamlreader.Optional("storage", p.storage),
		yamlreader.Optional("signatures", p.signatures),
	)
}

func checkVaultID(id string) error {
	if !vaultIDForm.MatchString(id) {
		return fmt.Errorf("%s is not a vault's ID; vault.json has it", shown(id))
	}
	return nil
}

func (p *parser) server(n ast.Node, path string) server {
	var s server
	p.Object(n, nil, path,
		yamlreader.Required("hosts", each(p, "hosts", &s.hosts, parseHostPattern)),
		yamlreader.Required("use", each(p, "uses", &s.use, parseUse)),
		yamlreader.Optional("secrets", each(p, "secrets", &s.secrets, parseSecretPattern)),
		yamlreader.Optional("entra", p.Boolean(&s.entra)),
	)
	return s
}

func parseUse(text string) (Use, error) {
	uses := []string{string(Backup), string(Restore), string(restoreOwn), string(Drill)}
	if !slices.Contains(uses, text) {
		return "", fmt.Errorf("%s is not a use of a server; write some of %s", shown(text), strings.Join(uses, ", "))
	}
	return Use(text), nil
}

func (p *parser) tls(n ast.Node, path string) {
	p.Object(n, nil, path,
		yamlreader.Optional("minimum", p.Text(&p.file.minimumTLS, instance.CheckTLSMode)),
		yamlreader.Optional("rootCertificates", p.Text(&p.file.roots, checkFolder)),
	)
}

func checkFolder(path string) error {
	if err := instance.CheckPath(path); err != nil {
		return fmt.Errorf("%s is not the full path of a folder on the worker; begin it with /", shown(path))
	}
	if strings.Trim(path, "/.") == "" {
		return errors.New("the root of the file system holds too much; name one folder for these files")
	}
	return nil
}

func (p *parser) vault(n ast.Node, path string) {
	p.Object(n, nil, path,
		yamlreader.Optional("softDeleteDays", p.days(&p.file.softDeleteDays, instance.LeastSoftDelete, instance.MostSoftDelete)),
		yamlreader.Optional("immutability", p.Parsed(&p.file.immutability)),
		yamlreader.Optional("maximumRetention", func(n ast.Node, path string) {
			before := p.Problems()
			p.Parsed(&p.file.maximumRetention)(n, path)
			if p.Problems() == before && p.file.maximumRetention.IsZero() {
				p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: nothing could be kept; write how long a recovery point is kept at most, like 10y", path)
			}
		}),
	)
}

// days returns a reader of a number of days within limits, or 0.
func (p *parser) days(into *int, least, most int) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		before := p.Problems()
		p.Integer(into, 0, most)(n, path)
		if p.Problems() == before && *into != 0 && *into < least {
			p.Problem(yamlreader.FirstToken(p.Peek(n)), "%s: %d is not a number from %d to %d, or 0", path, *into, least, most)
		}
	}
}

func (p *parser) storage(n ast.Node, path string) {
	p.Object(n, nil, path,
		yamlreader.Optional("versions", func(n ast.Node, path string) {
			var versions string
			p.Text(&versions, func(text string) error {
				if text != "required" && text != "optional" {
					return fmt.Errorf("%s is neither required nor optional", shown(text))
				}
				return nil
			})(n, path)
			p.file.storage.Versions = versions == "required"
		}),
		yamlreader.Optional("softDeleteDays", p.Integer(&p.file.storage.SoftDeleteDays, 0, maxDays)),
	)
}

// items reads a list of at least one and at most [maxItems] items.
func (p *parser) items(n ast.Node, path, what string, read func(n ast.Node, path string)) {
	if list, ok := p.Peek(n).(*ast.SequenceNode); ok && len(list.Values) > maxItems {
		p.Problem(yamlreader.FirstToken(list), "%s: has %d %s, and at most %d are read", path, len(list.Values), what, maxItems)
		return
	}
	p.List(n, path, what, read)
}

// each returns a reader of a list of texts. parse parses one text.
func each[T any](p *parser, what string, into *[]T, parse func(string) (T, error)) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		p.items(n, path, what, func(n ast.Node, path string) {
			text, at, ok := p.String(n, path)
			if !ok {
				return
			}
			item, err := parse(text)
			if err != nil {
				p.Problem(at, "%s: %v", path, err)
				return
			}
			*into = append(*into, item)
		})
	}
}
