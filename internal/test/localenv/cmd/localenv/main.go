package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/demo"
	"github.com/pgvault/pgvault/internal/test/localenv/dev"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func command() *cobra.Command {
	root := &cobra.Command{Use: "localenv", Short: "The local environment", SilenceUsage: true, SilenceErrors: true}
	dir := root.PersistentFlags().String("dir", ".dev", "directory of the environment")
	bin := root.PersistentFlags().String("bin", "bin", "directory of the built programs")
	add := func(name, short string, run func(*cobra.Command) error) {
		root.AddCommand(&cobra.Command{Use: name, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
			return run(c)
		}})
	}
	add("prepare", "Install what is missing", func(c *cobra.Command) error {
		if err := localenv.PrepareTests(c.Context(), c.ErrOrStderr()); err != nil {
			return err
		}
		return localenv.Prepare(c.Context(), c.ErrOrStderr())
	})
	add("up", "Start the environment and leave it running", func(c *cobra.Command) error {
		if err := up(c, *dir, *bin); err != nil {
			return err
		}
		if err := dev.Report(c.OutOrStdout(), dev.Dir(*dir)); err != nil {
			return err
		}
		_, err := fmt.Fprintln(c.OutOrStdout(), "\nmake down stops it all and removes its data.")
		return err
	})
	add("demo", "Back up a sample database, restore it beside the original, and compare", func(c *cobra.Command) error {
		if err := up(c, *dir, *bin); err != nil {
			return err
		}
		return demo.Run(c.Context(), c.OutOrStdout(), dev.Dir(*dir), *bin)
	})
	add("down", "Stop the environment and remove its data", func(c *cobra.Command) error {
		return dev.Down(c.Context(), c.OutOrStdout(), dev.Dir(*dir))
	})
	stay := func(run func(context.Context, dev.Dir, string) error) func(*cobra.Command) error {
		return func(c *cobra.Command) error {
			absolute, err := filepath.Abs(*bin)
			if err != nil {
				return err
			}
			return run(c.Context(), dev.Dir(*dir), absolute)
		}
	}
	add("serve", "Run the environment in the foreground", stay(dev.Serve))
	add("attach", "Run the stand-ins beside the containers of docker-compose.yml", stay(dev.Attach))
	return root
}

func up(c *cobra.Command, dir, bin string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return dev.Up(c.Context(), c.OutOrStdout(), dev.Dir(dir), []string{self, "serve", "--dir", dir, "--bin", bin})
}
