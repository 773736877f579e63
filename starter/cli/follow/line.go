package follow

import (
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// leastReason is the least room for which a reason is worth beginning.
const leastReason = 12

// Line describes a state within a number of columns, after the time that the job
// has been watched. It contains no character that a terminal acts on.
func Line(s State, watched time.Duration, now time.Time, columns int) string {
	parts := append([]part{{short(watched) + " ", 1}}, s.parts(now)...)
	text := printable.Line(fit(parts, columns))
	if why := printable.Line(reason(s)); why != "" && columns-width(text) >= leastReason {
		text += ", " + why
	}
	return cut(text, columns)
}

// plain describes a state whole.
func plain(s State, now time.Time) string {
	var b strings.Builder
	for _, p := range s.parts(now) {
		b.WriteString(p.text)
	}
	if why := reason(s); why != "" {
		b.WriteString(", " + why)
	}
	return printable.Line(b.String())
}

// fit joins the parts that there is room for.
func fit(parts []part, columns int) string {
	most := 0
	for _, p := range parts {
		most = max(most, p.rank)
	}
	for rank := most; ; rank-- {
		var b strings.Builder
		for _, p := range parts {
			if p.rank <= rank {
				b.WriteString(p.text)
			}
		}
		if rank == 0 || width(printable.Line(b.String())) <= columns {
			return b.String()
		}
	}
}

// cut shortens a text to a number of columns, with an ellipsis. It splits no
// character.
func cut(text string, columns int) string {
	if width(text) <= columns {
		return text
	}
	if columns < 1 {
		return ""
	}
	var b strings.Builder
	room, state := columns-1, -1
	for text != "" {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		if room -= clusterWidth(cluster); room < 0 {
			break
		}
		b.WriteString(cluster)
	}
	return b.String() + "…"
}

// width returns the number of columns that a text takes at most.
func width(text string) int {
	sum, state := 0, -1
	for text != "" {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		sum += clusterWidth(cluster)
	}
	return sum
}

// clusterWidth returns the number of columns that a grapheme takes on a terminal
// that draws it as one character, or as many, whichever is more.
func clusterWidth(cluster string) int {
	apart := 0
	for _, r := range cluster {
		apart += uniseg.StringWidth(string(r))
	}
	return max(uniseg.StringWidth(cluster), apart)
}
