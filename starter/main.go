package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/pgvault/pgvault/starter/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	status := cli.Process().Run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}
