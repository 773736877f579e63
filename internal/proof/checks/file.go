package checks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/pgvault/pgvault/internal/config/yamlreader"
	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
)

const (
	action = "correct the lines named above; docs/checks.example.yaml shows every field"

	// DefaultTimeout is the limit of a check that names none.
	DefaultTimeout = 5 * time.Minute

	minTimeout = time.Second
	maxTimeout = 24 * time.Hour
	// maxFile is the maximum size of a file, maxSQL that of a statement, in bytes.
	maxFile = 1 << 20
	maxSQL  = 64 << 10
	// maxChecks is the maximum number of checks of a file.
	maxChecks = 200
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$`)

// File is a file of checks.
type File struct {
	// SHA256 is the hash of the file's bytes in hexadecimal, as sha256sum prints it.
	SHA256 string
	Checks []Check
}

// Check is one check of a file.
type Check struct {
	Name string
	// SQL is one statement that returns one row with one boolean.
	SQL     string
	Timeout time.Duration
}

// Parse parses a file of checks. name is its path, for messages. The error is a
// *failure.Error with the code [failure.InvalidConfiguration] that names every mistake
// with line and column.
func Parse(text []byte, name string) (File, error) {
	if len(text) > maxFile {
		return File{}, failure.New(failure.InvalidConfiguration, "divide it into several files", "the checks %q have %d bytes, and at most %d are read", name, len(text), maxFile)
	}
	sum := sha256.Sum256(text)
	p := parser{file: File{SHA256: hex.EncodeToString(sum[:])}, lines: map[string]int{}}
	err := yamlreader.Read(text, action, func(r *yamlreader.Reader, body ast.Node) {
		p.Reader = r
		p.document(body)
	})
	var f *failure.Error
	if errors.As(err, &f) {
		f.Message = fmt.Sprintf("the checks %q:\n%s", name, f.Message)
	}
	if err != nil {
		return File{}, err
	}
	return p.file, nil
}

type parser struct {
	*yamlreader.Reader
	file File
	// lines are the lines of the names so far.
	lines map[string]int
}

func (p *parser) document(body ast.Node) {
	if list, ok := p.Peek(body).(*ast.SequenceNode); ok && len(list.Values) > maxChecks {
		p.Problem(yamlreader.FirstToken(list), "the file has %d checks, and at most %d are read", len(list.Values), maxChecks)
		return
	}
	p.List(body, "checks", "checks", func(n ast.Node, path string) {
		c := Check{Timeout: DefaultTimeout}
		p.Object(n, nil, path,
			yamlreader.Required("name", p.name(&c.Name)),
			yamlreader.Required("sql", p.Text(&c.SQL, checkSQL)),
			yamlreader.Optional("timeout", p.timeout(&c.Timeout)),
		)
		p.file.Checks = append(p.file.Checks, c)
	})
}

// name returns a reader of a name that no check above has.
func (p *parser) name(into *string) func(ast.Node, string) {
	return func(n ast.Node, path string) {
		text, at, ok := p.String(n, path)
		switch first := p.lines[text]; {
		case !ok:
		case !nameForm.MatchString(text):
			p.Problem(at, "%s: %s is not a name of a check; write 1 to 100 letters, digits, spaces, dots, hyphens or underscores, a letter or digit first", path, shown(text))
		case first > 0:
			p.Problem(at, "%s: the check on line %d has the name %q already; rename one of them", path, first, text)
		default:
			p.lines[text] = at.Position.Line
			*into = text
		}
	}
}

// shown returns a text for a message, bounded.
func shown(text string) string {
	const most = 120
	if len(text) > most {
		return fmt.Sprintf("%q…", text[:most])
	}
	return fmt.Sprintf("%q", text)
}

func checkSQL(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("is empty; write one statement that returns one boolean")
	case len(text) > maxSQL:
		return fmt.Errorf("has %d bytes, and at most %d are sent; put the statement into a view or a function", len(text), maxSQL)
	case strings.ContainsRune(text, 0):
		return errors.New("has a zero byte; remove it")
	}
	return nil
}

func (p *parser) timeout(into *time.Duration) func(ast.Node, string) {
	return p.Text(new(string), func(text string) error {
		d, err := policy.ParseClockDuration(text)
		if err != nil {
			return err
		}
		if d.Std() < minTimeout || d.Std() > maxTimeout {
			return fmt.Errorf("%s is not from %s to %s", d, minTimeout, policy.ClockDuration(maxTimeout))
		}
		*into = d.Std()
		return nil
	})
}
