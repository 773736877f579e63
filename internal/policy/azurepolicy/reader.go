package azurepolicy

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/policy"
)

// reader walks JSON of a given shape. It collects mistakes with their paths,
// and parts without a counterpart here.
type reader struct {
	problems []problem
	notes    []Note
}

type problem struct{ path, text string }

// field is a member of an object. read is called with its value unless it is
// absent or null.
type field struct {
	name     string
	required bool
	read     func(v any, path string)
}

// ignored returns members that do not affect retention.
func ignored(names ...string) []field {
	fields := make([]field, len(names))
	for i, name := range names {
		fields[i] = field{name: name, read: func(any, string) {}}
	}
	return fields
}

func (r *reader) problem(path, format string, args ...any) {
	r.problems = append(r.problems, problem{path, fmt.Sprintf(format, args...)})
}

func (r *reader) note(path, format string, args ...any) {
	r.notes = append(r.notes, Note{Path: path, Text: fmt.Sprintf(format, args...)})
}

// object reads an object of known members. Names are case-insensitive, since
// PowerShell capitalizes them.
func (r *reader) object(v any, path string, fields ...field) {
	members, ok := v.([]member)
	if !ok {
		r.problem(path, "expected an object, found %s", kind(v))
		return
	}
	seen := map[string]string{}
	for _, m := range members {
		i := slices.IndexFunc(fields, func(f field) bool { return strings.EqualFold(f.name, m.name) })
		switch {
		case i < 0:
			r.problem(join(path, m.name), "is not known here; what it asks for cannot be carried over")
			continue
		case seen[fields[i].name] != "":
			r.problem(join(path, m.name), "stands here twice, as %q and %q; remove the one that does not hold", seen[fields[i].name], m.name)
			continue
		}
		seen[fields[i].name] = m.name
		if m.value != nil {
			fields[i].read(m.value, join(path, m.name))
		} else {
			delete(seen, fields[i].name)
		}
	}
	for _, f := range fields {
		if f.required && seen[f.name] == "" {
			r.problem(join(path, f.name), "is missing")
		}
	}
}

func (r *reader) list(v any, path string, each func(v any, path string)) {
	items, ok := v.([]any)
	if !ok {
		r.problem(path, "expected a list, found %s", kind(v))
		return
	}
	for i, item := range items {
		each(item, fmt.Sprintf("%s[%d]", path, i))
	}
}

// text returns a reader of a text, which take may reject.
func (r *reader) text(take func(text, path string) error) func(any, string) {
	return func(v any, path string) {
		text, ok := v.(string)
		if !ok {
			r.problem(path, "expected text, found %s", kind(v))
			return
		}
		if err := take(text, path); err != nil {
			r.problem(path, "%v", err)
		}
	}
}

func (r *reader) stringTo(into *string) func(any, string) {
	return r.text(func(text, _ string) error {
		*into = text
		return nil
	})
}

// oneOf returns a reader of one of the words, case-insensitively.
func (r *reader) oneOf(into *string, words ...string) func(any, string) {
	return r.text(func(text, _ string) error {
		i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, text) })
		if i < 0 {
			return fmt.Errorf("%q cannot be carried over; what can is %s", text, strings.Join(words, ", "))
		}
		*into = words[i]
		return nil
	})
}

func (r *reader) truth(into *bool) func(any, string) {
	return func(v any, path string) {
		truth, ok := v.(bool)
		if !ok {
			r.problem(path, "expected true or false, found %s", kind(v))
			return
		}
		*into = truth
	}
}

func (r *reader) integer(into *int) func(any, string) {
	return func(v any, path string) {
		number, _ := v.(json.Number)
		n, err := strconv.Atoi(number.String())
		if err != nil {
			r.problem(path, "expected a whole number, found %s", kind(v))
			return
		}
		*into = n
	}
}

func (r *reader) duration(into *policy.Duration) func(any, string) {
	return r.text(func(text, _ string) error {
		if !strings.HasPrefix(text, "P") {
			return fmt.Errorf("%q is not an ISO 8601 duration of days, weeks, months or years, like P30D or P6M", text)
		}
		d, err := policy.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("%q is not an ISO 8601 duration of days, weeks, months or years, like P30D or P6M", text)
		}
		*into = d
		return nil
	})
}

func (r *reader) failure() error {
	if len(r.problems) == 0 {
		return nil
	}
	lines := make([]string, len(r.problems))
	findings := make([]failure.Finding, len(r.problems))
	for i, p := range r.problems {
		lines[i] = p.path + ": " + p.text
		findings[i] = failure.Finding{Check: "configuration", Code: failure.InvalidConfiguration, Message: lines[i], Objects: []string{p.path}}
	}
	err := failure.New(failure.InvalidConfiguration, action, "%s", strings.Join(lines, "\n"))
	err.Findings = findings
	return err
}

func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []member:
		return "an object"
	case []any:
		return "a list"
	case string:
		return fmt.Sprintf("the text %q", v)
	default:
		return fmt.Sprint(v)
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
