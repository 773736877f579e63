package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// a measurement is one case.
type measurement struct {
	name string
	// making its database and one pair take so long on two quiet cores, about:
	// at scale 1 where the shape has one.
	making, pair time.Duration
	scaled       bool
	run          func(r *runner, ctx context.Context) error
}

// Cases of one shape stand side by side, so that its database is made once.
var cases = []measurement{
	{"two-tables", 55 * time.Second, 170 * time.Second, true, func(r *runner, ctx context.Context) error { return r.both(ctx, "two-tables") }},
	{"discarding-storage", 0, 75 * time.Second, true, func(r *runner, ctx context.Context) error { return r.discarded(ctx, "two-tables") }},
	{"whole-job", 10 * time.Second, 18 * time.Second, true, (*runner).wholeJobs},
	{"huge-table", 35 * time.Second, 150 * time.Second, true, func(r *runner, ctx context.Context) error { return r.both(ctx, "huge-table") }},
	{"huge-discarding-storage", 0, 75 * time.Second, true, func(r *runner, ctx context.Context) error { return r.discarded(ctx, "huge-table") }},
	{"small-tables", 20 * time.Second, 35 * time.Second, false, func(r *runner, ctx context.Context) error { return r.other(ctx, "small-tables") }},
	{"latency", 0, 40 * time.Second, false, (*runner).latency},
	{"wide-json", 25 * time.Second, 50 * time.Second, true, func(r *runner, ctx context.Context) error { return r.other(ctx, "wide-json") }},
	{"large-objects", 25 * time.Second, 40 * time.Second, true, func(r *runner, ctx context.Context) error { return r.other(ctx, "large-objects") }},
	{"selective", 5 * time.Second, 3 * time.Second, false, (*runner).selective},
	{"pgbackrest", 70 * time.Second, 100 * time.Second, true, (*runner).physical},
}

// Cases are the names of what can be measured.
func Cases() (names []string) {
	for _, c := range cases {
		names = append(names, c.name)
	}
	return names
}

// cases are those that are wanted.
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

// estimate is how long cases take, about.
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
