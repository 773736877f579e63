package cli_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

// BenchmarkApply applies a file of 200 instances to a new vault, and then
// again. It is for -benchtime 1x, since a namespace serves one vault.
func BenchmarkApply(b *testing.B) {
	namespaceForOneVault(b, server(b))
	names := make([]string, 200)
	for i := range names {
		names[i] = fmt.Sprintf("shop/db%03d", i)
	}
	file := pgvaultYAML(b, localenvtest.Container(b), names...)
	apply := func(unit string) string {
		var c command
		began := time.Now()
		require.Zero(b, c.run(b.Context(), "apply", "-f", file), c.errs.String())
		b.ReportMetric(time.Since(began).Seconds(), unit)
		return c.out.String()
	}
	for b.Loop() {
		require.Contains(b, apply("s/first"), "schedule backup/shop/db199: created")
		require.Equal(b, "Nothing to change.\n", apply("s/again"))
	}
}
