package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// bars are the required figures by case. Figures without a bar are only
// measured.
var bars = map[string]map[string]string{
	"two-tables": {
		"gzip_pipe_over_backup": ">=2.2", "gzip_pipe_over_backup_zstd": ">=2.5", "zstd_pipe_over_backup": ">=1.3", "backup_over_floor": "<=1.3",
		"size_over_pg_dump": "<=1.03", "pipe_over_restore": ">=1.6", "download_j_over_restore": ">=1.1", "whole_job_over_dump": "<=1.5",
		"compare_over_floor": "<=1.3", "fingerprint_share": "<=0.03",
	},
	"two-tables, gzip": {"size_over_pg_dump": "<=1.03"},
	"huge-table": {
		"gzip_pipe_over_backup": ">=2.2", "gzip_pipe_over_backup_zstd": ">=2.5", "zstd_pipe_over_backup": ">=1.3", "backup_over_floor": "<=1.3",
		"size_over_pg_dump": "<=1.03", "pipe_over_restore": ">=1.6", "download_j_over_restore": ">=1.5", "compare_over_floor": "<=1.3", "fingerprint_share": "<=0.03",
	},
	"huge-table, gzip": {"size_over_pg_dump": "<=1.03"},
	"small-tables":     {"latency_pipe_over_backup": ">=4"},
	"hundred-tables":   {"selective_bytes": "<=1.05"},
	"all":              {"memory_mib": "<=192"},
}

func barOf(shape, name string) string { return bars[shape][name] }

// missed returns by which fraction of its bar a figure misses it; 0 if it
// reaches it.
func (f Figure) missed() (float64, error) {
	direction, number := "", f.Bar
	for _, d := range []string{">=", "<="} {
		if rest, ok := strings.CutPrefix(f.Bar, d); ok {
			direction, number = d, rest
		}
	}
	bar, err := strconv.ParseFloat(number, 64)
	if err != nil || direction == "" || bar <= 0 {
		return 0, fmt.Errorf("%s of %s: %q is no bar", f.Name, f.Case, f.Bar)
	}
	if direction == ">=" {
		return max(0, (bar-f.Median)/bar), nil
	}
	return max(0, (f.Median-bar)/bar), nil
}

// verdict says whether the bar is reached, or by how much it is missed; empty
// without a bar.
func (f Figure) verdict() (string, error) {
	if f.Bar == "" {
		return "", nil
	}
	missed, err := f.missed()
	switch percent := missed * 100; {
	case err != nil:
		return "", err
	case percent == 0:
		return "reached", nil
	case percent < 1:
		// Rounded up: a missed bar is never shown as missed by nothing.
		return fmt.Sprintf("misses by %.1f %%", math.Ceil(percent*10)/10), nil
	default:
		return fmt.Sprintf("misses by %.0f %%", percent), nil
	}
}
