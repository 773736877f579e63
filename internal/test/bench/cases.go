package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// measurement is a case.
type measurement struct {
	name string
	// making and pair are the approximate durations of creating its database
	// and of one pair on two idle cores, at scale 1 if the shape has one.
	making, pair time.Duration
	scaled       bool
	run          func(r *runner, ctx context.Context) error
}

// cases has cases of the same shape together, so that the database is created
// once.
var cases = []measurement{
	{"two-tables", 55 * time.Second, 170 * time.Second, true, func(r *runner, ctx context.Context) error { return r.both(ctx, "two-tables") }},
	{"discarding-storage", 0, 75 * time.Second, true, func(r *runner, ctx context.Context) error { return r.discarded(ctx, "two-tables") }},
	{"compare", 15 * time.Second, 25 * time.Second, true, func(r *runner, ctx context.Context) error { return r.compared(ctx, "two-tables") }},
	{"fingerprints", 0, 9 * time.Second, true, func(r *runner, ctx context.Context) error { return r.printed(ctx, "two-tables") }},
	{"whole-job", 10 * time.Second, 18 * time.Second, true, (*runner).wholeJobs},
	{"huge-table", 35 * time.Second, 150 * time.Second, true, func(r *runner, ctx context.Context) error { return r.both(ctx, "huge-table") }},
	{"huge-discarding-storage", 0, 75 * time.Second, true, func(r *runner, ctx context.Context) error { return r.discarded(ctx, "huge-table") }},
	{"huge-compare", 15 * time.Second, 25 * time.Second, true, func(r *runner, ctx context.Context) error { return r.compared(ctx, "huge-table") }},
	{"huge-fingerprints", 0, 9 * time.Second, true, func(r *runner, ctx context.Context) error { return r.printed(ctx, "huge-table") }},
	{"small-tables", 20 * time.Second, 35 * time.Second, false, func(r *runner, ctx context.Context) error { return r.other(ctx, "small-tables") }},
	{"latency", 0, 40 * time.Second, false, (*runner).latency},
	{"wide-json", 25 * time.Second, 50 * time.Second, true, func(r *runner, ctx context.Context) error { return r.other(ctx, "wide-json") }},
	{"large-objects", 25 * time.Second, 40 * time.Second, true, func(r *runner, ctx context.Context) error { return r.other(ctx, "large-objects") }},
	{"selective", 5 * time.Second, 3 * time.Second, false, (*runner).selective},
	{"pgbackrest", 70 * time.Second, 100 * time.Second, true, (*runner).physical},
}

// Cases returns the names of all cases.
func Cases() (names []string) {
	for _, c := range cases {
		names = append(names, c.name)
	}
	return names
}

// cases returns the selected cases.
func (o Options) cases() (wanted []measurement, err error) {
	for _, name := range o.Cases {
		if !slices.Contains(Cases(), name) {
			return nil, fmt.Errorf("there is no case %q; the cases are %s", name, strings.Join(Cases(), ", "))
		}
	}
	for _, c := range cases {
		if len(o.Cases) == 0 || slices.Contains(o.Cases, c.name) {
			wanted = append(wanted, c)
		}
	}
	return wanted, nil
}

// estimate returns the approximate duration of cases.
func (o Options) estimate(list ...measurement) (sum time.Duration) {
	for _, c := range list {
		takes := (c.making + time.Duration(o.Pairs)*c.pair).Seconds()
		if c.scaled {
			takes *= o.Scale
		}
		sum += time.Duration(takes * float64(time.Second))
	}
	return sum.Round(10 * time.Second)
}
