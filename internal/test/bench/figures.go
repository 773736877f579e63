package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

// Figure is a ratio of pairs, or a plain measurement.
type Figure struct {
	Case   string  `json:"case"`
	Name   string  `json:"name"`
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	// Bar is the required figure, such as ">=2.5"; empty if there is none.
	Bar string `json:"bar"`
}

// figures collects values in the order in which their names first occur.
type figures struct {
	order  [][2]string
	values map[[2]string][]float64
}

func (f *figures) add(shape, name string, value float64) {
	key := [2]string{shape, name}
	if f.values == nil {
		f.values = map[[2]string][]float64{}
	}
	if _, ok := f.values[key]; !ok {
		f.order = append(f.order, key)
	}
	f.values[key] = append(f.values[key], value)
}

func (f *figures) list() []Figure {
	var out []Figure
	for _, key := range f.order {
		sorted := slices.Sorted(slices.Values(f.values[key]))
		n := len(sorted)
		out = append(out, Figure{
			Case: key[0], Name: key[1], Median: round((sorted[(n-1)/2] + sorted[n/2]) / 2), Min: round(sorted[0]), Max: round(sorted[n-1]),
			Bar: barOf(key[0], key[1]),
		})
	}
	return out
}

func round(v float64) float64 { return float64(int64(v*1000+0.5)) / 1000 }

// Print writes the figures as a table for a terminal.
func Print(w io.Writer, list []Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CASE\tFIGURE\tMEDIAN\tMIN\tMAX\tBAR\t")
	for _, f := range list {
		verdict, err := f.verdict()
		if err != nil {
			return err
		}
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%.3f\t%.3f\t%s\t%s\n", f.Case, f.Name, f.Median, f.Min, f.Max, f.Bar, verdict)
	}
	return t.Flush()
}

// Write writes the figures as JSON.
func Write(file string, list []Figure) error {
	var content bytes.Buffer
	encoder := json.NewEncoder(&content)
	encoder.SetEscapeHTML(false) // the bars contain < and >
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(list); err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	return os.WriteFile(file, content.Bytes(), 0o644)
}

// Read reads figures written by [Write].
func Read(file string) (list []Figure, err error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return list, nil
}
