package contents

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure/suggest"
)

// Pattern chooses objects by name.
type Pattern struct {
	text string
	name *regexp.Regexp
}

// NewPattern returns the pattern of a text: the name of an object with or without its
// schema, in which * stands for any characters and ? for one.
func NewPattern(text string) Pattern {
	quoted := regexp.QuoteMeta(text)
	quoted = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(quoted)
	return Pattern{text: text, name: regexp.MustCompile(`(?s)^(?:` + quoted + `)$`)}
}

// Choose returns the objects that match.
func (p Pattern) Choose(objects []Object) []Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o Object) bool {
		return !p.name.MatchString(o.Name) && !p.name.MatchString(o.Qualified())
	})
}

// DidYouMean returns the name that was probably meant by a pattern that matches
// nothing, as [suggest.DidYouMean] does.
func (p Pattern) DidYouMean(objects []Object) string {
	var names, qualified []string
	for _, o := range objects {
		names, qualified = append(names, o.Name), append(qualified, o.Qualified())
	}
	if strings.Contains(p.text, ".") {
		return suggest.DidYouMean(p.text, qualified)
	}
	return suggest.DidYouMean(p.text, names)
}
