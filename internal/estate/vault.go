package estate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy"
)

func vaultOf(in Input, instances []Instance) Vault {
	v := Vault{
		Sweep: sweepOf(in), Safety: in.Safety, Tiers: map[string]Count{},
		Idle: in.Idle, Trust: in.Trust, Undelivered: in.Undelivered, Unseen: in.Unseen,
	}
	for i := range instances {
		for tier, count := range instances[i].Tiers {
			all := v.Tiers[tier]
			v.Tiers[tier] = Count{all.Points + count.Points, all.Bytes + count.Bytes}
		}
	}
	v.Scrub = coverage(instances)
	for _, problem := range []Problem{
		v.sweepProblem(in), v.massDeletion(), v.safetyProblem(), v.trustProblem(), v.idleProblem(), v.undeliveredProblem(),
	} {
		if problem.Kind != "" {
			v.Problems = append(v.Problems, problem)
		}
	}
	slices.SortStableFunc(v.Problems, worse)
	return v
}

// sweepOf returns the state of the sweep. A sweep that was only tried with --dry-run
// has a record too, and counts as a success, since it shows that sweeps can run.
func sweepOf(in Input) Sweep {
	var s Sweep
	if found, ok := in.Schedules[jobs.SweepSchedule]; ok {
		s.Scheduled, s.Note, s.Next = !found.Paused, found.Note, found.Next
	}
	last := jobs.Record{}
	for _, r := range in.Records {
		if r.Operation == jobs.TypeRetentionSweep && r.Outcome != jobs.Cancelled && r.Ended.After(last.Ended) {
			last = r
		}
		if r.Operation == jobs.TypeRetentionSweep && r.Outcome == jobs.Completed && r.Ended.After(s.LastSuccess) {
			s.LastSuccess = r.Ended
		}
	}
	switch {
	case last.Outcome == jobs.Failed:
		failure := failureOf(last)
		s.LastFailure = &failure
	case last.Code == string(failure.MassDeletion):
		s.MassDeletion = last.Message
	}
	return s
}

// sweepProblem reports that no sweep runs: expired points stay, and cost.
func (v Vault) sweepProblem(in Input) Problem {
	p := Problem{Kind: KindSweepStopped, Severity: Critical}
	_, exists := in.Schedules[jobs.SweepSchedule]
	switch {
	case in.Schedules != nil && !exists:
		p.Message, p.Remedy = "the schedule of the sweep does not exist, so that nothing expires", "create it again: pgvault apply -f pgvault.yaml"
	case in.Schedules != nil && !v.Sweep.Scheduled:
		p.Message = "no sweep is started: " + HeldSchedule{ID: jobs.SweepSchedule, Note: v.Sweep.Note}.String()
		p.Remedy = "when its cause is mended: temporal schedule toggle --unpause --schedule-id " + jobs.SweepSchedule
	case v.Sweep.LastFailure != nil:
		p.Since, p.Code = v.Sweep.LastFailure.At, v.Sweep.LastFailure.Code
		p.Message, p.Remedy = "the last sweep failed: "+v.Sweep.LastFailure.Message, "when its cause is mended: pgvault rerun "+v.Sweep.LastFailure.Job
	case v.sweepLate(in):
		p.Since = v.Sweep.LastSuccess
		p.Message = "the last sweep that completed ended at " + timeText(v.Sweep.LastSuccess)
		p.Remedy = "see what became of the later ones: pgvault jobs"
	default:
		return Problem{}
	}
	return p
}

// sweepLate reports whether a sweep should have completed since the last one did. A
// vault without a completed sweep is new, or its jobs were forgotten.
func (v Vault) sweepLate(in Input) bool {
	if v.Sweep.LastSuccess.IsZero() {
		return false
	}
	next, err := nextStart([]policy.Schedule{in.Sweep}, v.Sweep.LastSuccess)
	slack := cmp.Or(in.Sweep.CatchUpWindow, policy.DefaultCatchUp).Std() + in.Sweep.Jitter.Std() + 24*time.Hour
	return err == nil && in.Now.After(next.Add(slack))
}

func (v Vault) massDeletion() Problem {
	if v.Sweep.MassDeletion == "" {
		return Problem{}
	}
	return Problem{
		Kind: KindMassDeletion, Severity: Critical, Code: string(failure.MassDeletion), Since: v.Sweep.LastSuccess,
		Message: v.Sweep.MassDeletion, Remedy: "look why the points expire together: pgvault status INSTANCE",
	}
}

func (v Vault) safetyProblem() Problem {
	if v.Safety.Shortfall == "" {
		return Problem{}
	}
	return Problem{
		Kind: KindSafetyWeakened, Severity: Critical, Message: v.Safety.Shortfall, Remedy: v.Safety.Remedy,
	}
}

func (v Vault) trustProblem() Problem {
	if len(v.Trust) < 2 {
		return Problem{}
	}
	var files []string
	for hash, workers := range v.Trust {
		files = append(files, fmt.Sprintf("%s: %s", hash[:min(12, len(hash))], some(workers)))
	}
	slices.Sort(files)
	return Problem{
		Kind: KindTrustDiffers, Severity: Critical, Message: "workers have different trust files: " + strings.Join(files, "; "),
		Remedy: "give all workers of the vault the same file, and restart them",
	}
}

func (v Vault) idleProblem() Problem {
	if len(v.Idle) == 0 {
		return Problem{}
	}
	return Problem{
		Kind: KindNoWorker, Severity: Warning, Message: "no worker has the role " + strings.Join(v.Idle, ", "),
		Remedy: "start pgvault-worker with PGVAULT_ROLES=" + v.Idle[0],
	}
}

func (v Vault) undeliveredProblem() Problem {
	if v.Undelivered == 0 {
		return Problem{}
	}
	return Problem{
		Kind: KindUndelivered, Severity: Warning, Message: fmt.Sprintf("%d notifications could not be delivered", v.Undelivered),
		Remedy: "pgvault notify test shows the answer of each receiver",
	}
}
