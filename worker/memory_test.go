package main

import (
	"errors"
	"math"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
)

// It changes the limit of the whole process, and so runs alone.
func TestTheCgroupLimitsTheMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	debug.SetMemoryLimit(math.MaxInt64)
	for name, failed := range map[string]error{"no limit": memlimit.ErrNoLimit, "no cgroup": memlimit.ErrNoCgroup, "unreadable": errors.New("denied")} {
		limitMemory(func() (uint64, error) { return 0, failed }, zap.NewNop())
		require.EqualValues(t, math.MaxInt64, debug.SetMemoryLimit(-1), name)
	}
	limitMemory(func() (uint64, error) { return 1 << 30, nil }, zap.NewNop())
	require.EqualValues(t, 768<<20, debug.SetMemoryLimit(-1))
	t.Setenv("GOMEMLIMIT", "100MiB")
	limitMemory(func() (uint64, error) { return 2 << 30, nil }, zap.NewNop())
	require.EqualValues(t, 768<<20, debug.SetMemoryLimit(-1), "what a person has set is kept")
}

// It changes the limit of the whole process, and so runs alone.
func TestJobsShareAPartOfTheMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	machine := func() (uint64, error) { return 8 << 30, nil }
	unknown := func() (uint64, error) { return 0, errors.New("not on this system") }

	debug.SetMemoryLimit(math.MaxInt64)
	require.EqualValues(t, 4<<30, jobMemory(machine))
	require.EqualValues(t, 512<<20, jobMemory(unknown))
	limitMemory(func() (uint64, error) { return 1 << 30, nil }, zap.NewNop())
	require.EqualValues(t, 512<<20, jobMemory(machine))
}
