package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

// column is one column of a table.
type column[T any] struct {
	title string
	value func(T) string
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
