package main

import (
	"fmt"
	"os"

	"github.com/pgvault/pgvault/internal/proof/report"
	"github.com/pgvault/pgvault/internal/proof/report/reporttest"
)

func main() {
	if err := report.Write(os.Stdout, reporttest.Sample(10)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
