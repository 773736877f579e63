package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// column is one column of a table.
type column[T any] struct {
	title string
	value func(T) string
}

// format is the value of --output.
type format string

var _ pflag.Value = (*format)(nil)

const table format = "table"

func outputFlag(cmd *cobra.Command) *format {
	f := table
	cmd.Flags().VarP(&f, "output", "o", "form of the listing: table, json, yaml")
	return &f
}

// String implements [pflag.Value].
func (f *format) String() string { return string(*f) }

// Set implements [pflag.Value].
func (f *format) Set(text string) error {
	if !slices.Contains([]string{"table", "json", "yaml"}, text) {
		return usagef("%q is none of table, json, yaml", text)
	}
	*f = format(text)
	return nil
}

// Type implements [pflag.Value].
func (f *format) Type() string { return "form" }

// printList prints items as a table, or completely as JSON or YAML.
func printList[T any](a *App, form format, items []T, columns []column[T]) error {
	if form == table {
		return printTable(a, items, columns)
	}
	if items == nil {
		items = []T{}
	}
	return printEncoded(a, form, items)
}

// printEncoded prints a value as JSON or YAML.
func printEncoded(a *App, form format, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the listing: %w", err)
	}
	if form == "yaml" {
		if text, err = yaml.JSONToYAML(text); err != nil {
			return fmt.Errorf("encode the listing: %w", err)
		}
	}
	a.print("%s", strings.TrimSuffix(string(text), "\n"))
	return nil
}

func printTable[T any](a *App, items []T, columns []column[T]) error {
	return writeTable(a.Out, items, columns)
}

// writeTable writes a header and one line for each item.
func writeTable[T any](to io.Writer, items []T, columns []column[T]) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	row := func(cell func(column[T]) string) {
		cells := make([]string, len(columns))
		for i, c := range columns {
			cells[i] = printable.Line(cell(c))
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	row(func(c column[T]) string { return c.title })
	for _, item := range items {
		row(func(c column[T]) string { return dash(c.value(item)) })
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}

// dash replaces an empty cell, which keeps the columns countable.
func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// timeText formats a time for tables; the zero time is empty.
func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// durationText formats a duration for tables.
func durationText(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

func secondsText(seconds float64) string {
	return durationText(time.Duration(seconds * float64(time.Second)))
}
