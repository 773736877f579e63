package cli

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/config"
	"github.com/pgvault/pgvault/internal/failure"
)

// readConfiguration reads the files of a configuration and returns them in the order
// of paths, those of a directory sorted by name. It reads a file once, even if several
// paths lead to it.
func readConfiguration(paths []string) ([]config.Source, error) {
	var sources []config.Source
	var seen []os.FileInfo
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			info, err := os.Stat(file)
			if err != nil {
				return nil, unreadable(err)
			}
			if slices.ContainsFunc(seen, func(other os.FileInfo) bool { return os.SameFile(info, other) }) {
				continue
			}
			seen = append(seen, info)
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, unreadable(err)
			}
			sources = append(sources, config.Source{Name: file, Data: data})
		}
	}
	return sources, nil
}

func unreadable(err error) error {
	return failure.Wrap(err, failure.InvalidConfiguration, "give the path of pgvault.yaml", "the file cannot be read")
}

// filesOf returns a file, or the files of a directory that are part of a
// configuration. Editors and mounts of Kubernetes have others there, whose names
// begin with a dot.
func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, unreadable(err)
	}
	var files []string
	for _, entry := range entries { // sorted by name
		name := entry.Name()
		if strings.HasPrefix(name, ".") || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name)) {
			continue
		}
		files = append(files, filepath.Join(path, name))
	}
	if len(files) == 0 {
		return nil, failure.New(failure.InvalidConfiguration, "give the directory of the *.yaml files", "directory %s has no *.yaml or *.yml file", path)
	}
	return files, nil
}

// noteFiles notes what each of several files has.
func (a *App) noteFiles(sources []config.Source, file *config.File) {
	if len(sources) < 2 {
		return
	}
	instances := map[string]int{}
	for _, place := range file.Places {
		instances[place.File]++
	}
	for i, source := range sources {
		owner := ""
		if file.Owners[i] != "" {
			owner = ", owner " + file.Owners[i]
		}
		a.note("%s: %s%s", source.Name, counted(instances[source.Name], "instance"), owner)
	}
}

// inFile adds the name of the file to an error about its content.
func inFile(name string, err error) error {
	var f *failure.Error
	if !errors.As(err, &f) {
		return err
	}
	named := failure.New(f.Code, f.Action, "%s\n%s", name, f.Message)
	named.Findings = f.Findings
	return named
}
