package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/pgvault/pgvault/internal/test/bench"
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
	c := readFlags(args)
	figures, failed := c.figures(ctx)
	if err := bench.Print(os.Stdout, figures); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	return c.write(figures)
}

// command is the parsed command line.
type command struct {
	bench.Options
	quick          bool
	from           string
	json, document string
}

func readFlags(args []string) command {
	c := command{Options: bench.Options{Log: os.Stderr}}
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	names := flags.String("case", "", "cases to measure, separated by commas: "+strings.Join(bench.Cases(), ", ")+" (default all)")
	flags.Float64Var(&c.Scale, "scale", 1, "size of the large databases; 1 is about 2 GB each")
	flags.IntVar(&c.Pairs, "pairs", 5, "how often each is measured")
	flags.IntVar(&c.Connections, "connections", 4, "connections of dumps and restores, and of what they are compared with")
	flags.StringVar(&c.BinDir, "bin", "bin", "folder of pgvault and pgvault-worker")
	flags.StringVar(&c.ProfileDir, "profiles", "", "folder for CPU profiles of dumps and restores")
	flags.StringVar(&c.json, "json", "", "file to write the figures of all cases to")
	flags.StringVar(&c.document, "document", "", "Markdown file whose table of figures is to be replaced")
	flags.StringVar(&c.from, "from", "", "file of figures to show or to put into the document, instead of measuring")
	flags.BoolVar(&c.quick, "quick", false, "measure one pair of the first case's dumps")
	_ = flags.Parse(args) // exits on an error
	if *names != "" {
		c.Cases = strings.Split(*names, ",")
	}
	return c
}

func (c command) figures(ctx context.Context) ([]bench.Figure, error) {
	switch {
	case c.from != "":
		return bench.Read(c.from)
	case c.quick:
		return bench.Quick(ctx, c.Options)
	default:
		return bench.Run(ctx, c.Options)
	}
}

// write stores the figures if all cases were measured: those in the files are
// of one run.
func (c command) write(figures []bench.Figure) error {
	if c.json == "" && c.document == "" {
		return nil
	}
	if len(c.Cases) > 0 {
		fmt.Fprintln(os.Stderr, "not all cases were measured: the files are as they were")
		return nil
	}
	if c.json != "" {
		if err := bench.Write(c.json, figures); err != nil {
			return err
		}
	}
	if c.document == "" {
		return nil
	}
	return bench.WriteMarkdown(c.document, figures)
}
