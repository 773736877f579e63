package bench

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// markdownHead is the head of the document's table.
const markdownHead = "| case | figure | median | min | max | bar | |\n| --- | --- | --- | --- | --- | --- | --- |\n"

// Markdown returns the figures as the table of docs/PERFORMANCE.md.
func Markdown(list []Figure) (string, error) {
	var out strings.Builder
	out.WriteString(markdownHead)
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	for _, f := range list {
		verdict, err := f.verdict()
		if err != nil {
			return "", err
		}
		row := fmt.Sprintf("| %s | `%s` | %s | %s | %s | %s | %s |", f.Case, f.Name, number(f.Median), number(f.Min), number(f.Max), f.Bar, verdict)
		out.WriteString(strings.ReplaceAll(row, "|  |", "| |") + "\n")
	}
	return strings.ReplaceAll(out.String(), "|  |", "| |"), nil
}

// WriteMarkdown replaces the table in a document by one of the figures.
func WriteMarkdown(file string, list []Figure) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	table, err := Markdown(list)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(content), markdownHead)
	if !found {
		return fmt.Errorf("write the figures: %w", errors.New(file+" has no table of figures"))
	}
	for strings.HasPrefix(rest, "|") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return os.WriteFile(file, []byte(before+table+rest), 0o644)
}
