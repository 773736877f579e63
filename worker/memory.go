package main

import (
	"errors"
	"math"
	"runtime/debug"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// goShare is the share of the machine's memory limit that the Go runtime may
// take. The rest is for pg_dump and pg_restore, which share the limit.
const goShare = 0.75

// limitMemory sets the soft limit of the Go runtime from the limit that the
// provider returns, so that the worker collects garbage before it is killed. It
// keeps GOMEMLIMIT if that is set. Without a limit it changes nothing.
func limitMemory(provider memlimit.Provider, logger *zap.Logger) {
	limit, err := memlimit.SetGoMemLimitWithOpts(memlimit.WithRatio(goShare), memlimit.WithProvider(provider))
	switch {
	case errors.Is(err, memlimit.ErrNoCgroup), errors.Is(err, memlimit.ErrCgroupsNotSupported):
	case err != nil:
		events.MemoryUnknown.Log(logger, zap.Error(err))
	case limit > 0:
		events.MemoryLimited.Log(logger, zap.Int64("bytes", limit))
	}
}

const (
	// jobShare is the share of the Go runtime's memory that all jobs together may
	// take. The rest is for garbage, and for what does not grow with a job.
	jobShare = 2.0 / 3
	// usualMemory is the memory of a machine that does not say how much it has, in
	// bytes.
	usualMemory = 1 << 30
)

// jobMemory returns the memory that all jobs of the worker share, in bytes: a part
// of the Go runtime's limit, or of the machine's memory, which the provider
// returns, if the runtime has none.
func jobMemory(machine memlimit.Provider) int64 {
	limit := debug.SetMemoryLimit(-1)
	if limit == math.MaxInt64 {
		there, err := machine()
		if err != nil || there == 0 {
			there = usualMemory
		}
		limit = int64(goShare * float64(there))
	}
	return int64(jobShare * float64(limit))
}
