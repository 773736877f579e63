// Command bench measures dumps and restores. See package bench.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/pgvault/pgvault/internal/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 1 && args[0] == bench.TaskArgument {
		return bench.Do(ctx, os.Stdin, os.Stdout)
	}
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	o := bench.Options{Log: os.Stderr}
	names := flags.String("case", "", "cases to measure, separated by commas: "+strings.Join(bench.Cases(), ", ")+" (default all)")
	flags.Float64Var(&o.Scale, "scale", 0.5, "size of the large databases; 1 is about 2 GB each")
	flags.IntVar(&o.Pairs, "pairs", 5, "how often each is measured")
	flags.IntVar(&o.Connections, "connections", 4, "connections of dumps and restores, and of what they are compared with")
	flags.StringVar(&o.BinDir, "bin", "bin", "folder of pgvault and pgvault-worker")
	flags.StringVar(&o.ProfileDir, "profiles", "", "folder for CPU profiles of dumps and restores")
	file := flags.String("json", "", "file to write the figures to")
	quick := flags.Bool("quick", false, "measure one pair of the first case's dumps")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *names != "" {
		o.Cases = strings.Split(*names, ",")
	}
	measure := bench.Run
	if *quick {
		measure = bench.Quick
	}
	figures, err := measure(ctx, o)
	if err != nil {
		return err
	}
	if err := bench.Print(os.Stdout, figures); err != nil {
		return err
	}
	if *file == "" {
		return nil
	}
	return bench.Write(*file, figures)
}
