package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"go.uber.org/zap"

	"github.com/pgvault/pgvault/internal/temporalx/events"
	"github.com/pgvault/pgvault/internal/version"
)

func main() { os.Exit(run()) }

// run returns the exit status: 0 for stopped, 1 for failed, 2 for wrong usage.
func run() int {
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage) }
	showVersion := flag.Bool("version", false, "")
	flag.Parse()
	if *showVersion {
		fmt.Println("pgvault-worker", version.Read())
		return 0
	}
	if flag.NArg() > 0 {
		flag.Usage()
		return 2
	}
	logger := newLogger(os.Stderr)
	// Standard error cannot always be synced, and nothing follows.
	defer func() { _ = logger.Sync() }()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := start(ctx, logger); err != nil {
		events.Ends.Log(logger, zap.Error(err))
		return 1
	}
	events.Stopped.Log(logger)
	return 0
}

func start(ctx context.Context, logger *zap.Logger) error {
	if err := disableCoreDumps(); err != nil {
		return err
	}
	limitMemory(memlimit.FromCgroup, logger)
	settings, err := readSettings(os.LookupEnv)
	if err != nil {
		return err
	}
	service, err := newService(ctx, settings, logger)
	if err != nil {
		return err
	}
	defer service.close()
	return service.run(ctx)
}
