package document

import "strings"

// anything stands for any text within a line of a shown output. A line of its own
// stands for any lines.
const anything = "…"

// Missing returns the first shown line that the output does not have after the
// lines before it, or "" if it has all of them.
func (s Step) Missing(output string) string {
	lines := strings.Split(output, "\n")
	for shown := range strings.Lines(s.Output) {
		shown = strings.TrimSpace(shown)
		if shown == anything {
			continue
		}
		n := 0
		for n < len(lines) && !matches(shown, strings.TrimSpace(lines[n])) {
			n++
		}
		if n == len(lines) {
			return shown
		}
		lines = lines[n+1:]
	}
	return ""
}

// matches reports whether a line is the shown one. Spaces of any number are one.
func matches(shown, line string) bool {
	line = strings.Join(strings.Fields(line), " ")
	parts := strings.Split(strings.Join(strings.Fields(shown), " "), anything)
	if !strings.HasPrefix(line, parts[0]) {
		return false
	}
	line = line[len(parts[0]):]
	for n, part := range parts[1:] {
		if n == len(parts)-2 {
			return strings.HasSuffix(line, part)
		}
		at := strings.Index(line, part)
		if at < 0 {
			return false
		}
		line = line[at+len(part):]
	}
	return line == ""
}
