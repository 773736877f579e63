package sheet

import (
	"crypto/sha256"
	_ "embed" // for base.css
	"encoding/base64"
	"html/template"
)

//go:embed base.css
var base string

// Sheet is the style sheet of a page.
type Sheet struct {
	// Style is the content of the page's style element, which the page writes between
	// two line breaks.
	Style template.CSS
	// Policy is the Content-Security-Policy that allows the style and nothing else.
	Policy string
}

// New returns the sheet of a page with the given rules, which follow the common ones.
func New(rules string) Sheet {
	style := base + rules
	sum := sha256.Sum256([]byte("\n" + style + "\n"))
	return Sheet{
		Style:  template.CSS(style),
		Policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'",
	}
}
