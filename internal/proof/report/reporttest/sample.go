package reporttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/scrub"
	"github.com/pgvault/pgvault/internal/proof"
	"github.com/pgvault/pgvault/internal/proof/chain"
	"github.com/pgvault/pgvault/internal/proof/report"
)

// At is the time of the samples.
var At = time.Date(2026, 11, 28, 9, 30, 0, 0, time.UTC)

// Sample returns the report of a year of n instances with a drill each week. Of three
// in ten something is wrong, as in life.
func Sample(n int) report.Report {
	since := At.AddDate(-1, 0, 0)
	r := report.Report{
		PgvaultVersion: "1.0.0", Vault: "https://contosobackups.blob.core.windows.net/postgres", VaultID: "5d0c7e1b",
		Since: since, At: At, Verified: true, Controls: report.Controls(),
		Scrub: &report.Scrub{Every: policy.Duration{Years: 1}, Coverage: scrub.Coverage{
			Points: 3120, Bytes: 12 << 40, ReadPoints: 3096, ReadBytes: 11900 << 30, Oldest: At.AddDate(0, -13, 0),
		}},
	}
	for i := range n {
		in := report.Input{Name: fmt.Sprintf("team-%02d/db-%04d", i/4, i), KeepFor: policy.Duration{Days: 90}}
		weeks := 52
		switch i % 10 {
		case 3:
			weeks = 20 // then the drills ended
		case 7:
			weeks, in.KeepFor = 0, policy.Duration{}
		}
		if weeks > 0 {
			in.Records = append(in.Records, record(in.Name, i, -1, since))
		}
		for week := range weeks {
			in.Records = append(in.Records, record(in.Name, i, week, since))
		}
		in.Chain = chain.Result{
			Instance: in.Name, Records: weeks + 1, Head: weeks + 1, HeadSHA256: strings.Repeat(fmt.Sprintf("%02x", i), 32), Signed: weeks, Anchored: max(weeks-1, 0),
		}
		if weeks > 0 {
			in.Chain.Unanchored = []int{weeks}
		}
		if i%10 == 5 {
			in.Chain.Problems = []chain.Problem{{Kind: chain.Missing, Sequence: 17, Message: "record 17 is missing"}}
		}
		r.Instances = append(r.Instances, report.New(in, since, At))
	}
	return r
}

func record(name string, i, week int, since time.Time) chain.Record {
	at := since.AddDate(0, 0, 7*week+1)
	rec := chain.Record{SHA256: strings.Repeat("ab", 32), KeyID: "pgvault-evidence/91bc", At: at}
	rec.Record = proof.Record{
		Instance: name, Sequence: max(week+1, 1), RecordedAt: at, Point: proof.Point{ID: at.Add(-4*time.Hour).Format("20060102T150405Z") + "-0a1b2c3d"},
		Phases:   []proof.Phase{{Name: proof.PhaseRestore, Begin: at.Add(-time.Duration(300+i*170+week) * time.Second), End: at}},
		Compared: proof.Compared{Tables: 40 + i, Rows: int64(1_000_000 * (i + 1))},
	}
	switch {
	case i%10 == 1 && week == 30:
		rec.Compared.Differ(proof.Difference{Kind: "table", Object: "public.orders", What: "rows", Expected: "1000000 rows", Found: "999999 rows"})
	case i%10 == 4:
		rec.Compared.Omit("materialized view public.sums")
	case i%10 == 8 && week == 12:
		rec.Failure = &proof.Failure{Phase: proof.PhaseRestore, Code: "UserErrorMissingNetworkSecurityPermissions", Message: "no route"}
	}
	rec.Judge()
	return rec
}
