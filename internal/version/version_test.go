package version_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/version"
)

func TestOf(t *testing.T) {
	t.Parallel()
	const commit = "14979e35d52a95f18d4c0ba26a5f23ff5bcf58a0"
	stamped := []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: "true"}}
	for want, build := range map[string]*debug.BuildInfo{
		"v1.2.0 (commit " + commit + ", go1.26.8)": {
			GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.0"}, Settings: stamped,
		},
		"v0.0.0-20261127182230-14979e35d52a+dirty (commit " + commit + ", go1.26.8)": {
			GoVersion: "go1.26.8", Main: debug.Module{Version: "v0.0.0-20261127182230-14979e35d52a+dirty"}, Settings: stamped,
		},
		"v1.2.0 (commit unknown, go1.26.8)": {GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.0"}},
		"devel (commit unknown, go1.26.8)":  {GoVersion: "go1.26.8", Main: debug.Module{Version: "(devel)"}},
	} {
		require.Equal(t, want, version.Of(build).String())
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	require.Equal(t, runtime.Version(), version.Read().Go)
}
