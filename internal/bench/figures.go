package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"text/tabwriter"
)

// Figure is a ratio of pairs, or a plain measure.
type Figure struct {
	Case   string  `json:"case"`
	Name   string  `json:"name"`
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	// Bar is what the figure is to reach, as ">=2.5"; empty where nothing is asked.
	Bar string `json:"bar"`
}

// bars are what the figures are to reach.
var bars = map[string]string{
	"gzip_pipe_over_backup": ">=2.2", "gzip_pipe_over_backup_zstd": ">=2.5", "zstd_pipe_over_backup": ">=1.3", "backup_over_floor": "<=1.3",
	"download_j_over_restore": ">=1.1", "pipe_over_restore": ">=1.6", "selective_bytes": "<=1.05", "memory_mib": "<=192",
	"size_over_pg_dump": "<=1.03", "latency_pipe_over_backup": ">=4", "whole_job_over_dump": "<=1.5",
}

func barOf(shape, name string) string {
	if shape == "huge-table" && name == "download_j_over_restore" {
		return ">=1.5"
	}
	switch shape {
	case "wide-json", "large-objects", "small-tables, as they are":
		return "" // measured, and nothing is asked
	}
	return bars[name]
}

// figures collects values in the order in which their names first come.
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

// Print writes the figures as a table.
func Print(w io.Writer, list []Figure) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CASE\tFIGURE\tMEDIAN\tMIN\tMAX\tBAR")
	for _, f := range list {
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%.3f\t%.3f\t%s\n", f.Case, f.Name, f.Median, f.Min, f.Max, f.Bar)
	}
	return t.Flush()
}

// Write writes the figures as JSON.
func Write(file string, list []Figure) error {
	content, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	return os.WriteFile(file, append(content, '\n'), 0o644)
}
