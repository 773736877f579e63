package main

import (
	"errors"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"
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
		logger.Warn("The memory limit of the cgroup cannot be read.", zap.Error(err))
	case limit > 0:
		logger.Info("The memory of the Go runtime is limited by the cgroup.", zap.Int64("bytes", limit))
	}
}
