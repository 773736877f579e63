package localenv

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// azuriteFiles pin Azurite and all it depends on.
//
//go:embed azurite/package.json azurite/package-lock.json
var azuriteFiles embed.FS

// prepareAzurite returns the path of Azurite's blob service.
func prepareAzurite(ctx context.Context, log io.Writer) (string, error) {
	lock, err := azuriteFiles.ReadFile("azurite/package-lock.json")
	if err != nil {
		return "", fmt.Errorf("read Azurite's lock file: %w", err)
	}
	sum := sha256.Sum256(lock)
	name := "azurite-" + hex.EncodeToString(sum[:6])
	find := func(cache string) string {
		path := filepath.Join(cache, name, "node_modules", "azurite", "dist", "src", "blob", "main.js")
		if _, err := os.Stat(path); err != nil {
			return ""
		}
		return path
	}
	return prepare(ctx, find, func(cache string) error {
		if err := prepareNode(ctx, log); err != nil {
			return err
		}
		fmt.Fprintln(log, "installing Azurite with npm…")
		return installAzurite(ctx, filepath.Join(cache, name))
	})
}

func prepareNode(ctx context.Context, log io.Writer) error {
	_, nodeErr := exec.LookPath("node")
	_, npmErr := exec.LookPath("npm")
	if nodeErr == nil && npmErr == nil {
		return nil
	}
	return aptInstall(ctx, log, "Node.js", "nodejs", "npm")
}

// installAzurite fills dir completely or does not create it.
func installAzurite(ctx context.Context, dir string) error {
	temp, err := os.MkdirTemp(filepath.Dir(dir), "azurite-new-")
	if err != nil {
		return fmt.Errorf("make a directory for Azurite: %w", err)
	}
	defer os.RemoveAll(temp)
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := azuriteFiles.ReadFile("azurite/" + name)
		if err != nil {
			return fmt.Errorf("read Azurite's %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(temp, name), data, 0o644); err != nil {
			return fmt.Errorf("write Azurite's %s: %w", name, err)
		}
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = temp
	if err := runTool(cmd, "install Azurite"); err != nil {
		return err
	}
	if err := os.Rename(temp, dir); err != nil {
		return fmt.Errorf("put Azurite in its place: %w", err)
	}
	return nil
}
