package version

import (
	"fmt"
	"runtime/debug"
)

// Info is what a program was built from.
type Info struct {
	// Version is the tag of the commit, such as v1.2.0, or a pseudo-version where
	// the commit has no tag. It ends in +dirty if files had uncommitted changes.
	// It is "devel" in a program that was built without its repository.
	Version string
	// Commit is the full hash of the commit, or "unknown".
	Commit string
	// Go is the version of Go, such as go1.26.8.
	Go string
}

// Read returns what the running program was built from.
func Read() Info {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		build = &debug.BuildInfo{GoVersion: "unknown version of Go"}
	}
	return Of(build)
}

// Of returns what a program with this build information was built from.
func Of(build *debug.BuildInfo) Info {
	info := Info{Version: build.Main.Version, Commit: "unknown", Go: build.GoVersion}
	if info.Version == "" || info.Version == "(devel)" {
		info.Version = "devel"
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" && setting.Value != "" {
			info.Commit = setting.Value
		}
	}
	return info
}

// String returns the version as programs print it behind their name.
func (i Info) String() string {
	return fmt.Sprintf("%s (commit %s, %s)", i.Version, i.Commit, i.Go)
}
