package estate

import (
	"fmt"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

// recentBackups is the number of points whose sizes and durations are shown.
const recentBackups = 30

// Compute returns the estate. It returns an error for a schedule in an unknown time
// zone.
func Compute(in Input) (Estate, error) {
	e := Estate{At: in.Now, Container: in.Container, Instances: make([]Instance, 0, len(in.Instances))}
	backups, drills := recordsOf(in.Records, jobs.TypeBackup), recordsOf(in.Records, jobs.TypeDrill)
	for _, listed := range in.Instances {
		name := listed.Instance.Name
		c := computer{in: in, listed: listed, records: backups[name], drills: drills[name]}
		i, err := c.instance()
		if err != nil {
			return e, fmt.Errorf("instance %s: %w", name, err)
		}
		i.Problems = problemsOf(i, in.Now)
		e.Instances = append(e.Instances, i)
	}
	slices.SortStableFunc(e.Instances, byUrgency)
	e.Vault = vaultOf(in, e.Instances)
	return e, nil
}

// recordsOf returns the records of jobs of a type by instance.
func recordsOf(all []jobs.Record, operation string) map[string][]jobs.Record {
	byInstance := map[string][]jobs.Record{}
	for _, r := range all {
		if r.Operation == operation {
			byInstance[r.Instance] = append(byInstance[r.Instance], r)
		}
	}
	return byInstance
}

// computer derives the state of one instance.
type computer struct {
	in     Input
	listed Listed
	// records are those of backups, and drills those of drills.
	records, drills []jobs.Record
}

func (c computer) instance() (Instance, error) {
	def := c.listed.Instance
	i := Instance{
		Name: def.Name, Database: def.Database, Server: def.Server.Host, Policy: def.Policy.Name,
		ProtectedSince: c.listed.Since, Tiers: map[string]Count{},
	}
	i.Protection = c.protection()
	if i.Protection.State != Stopped && i.Protection.Since.After(i.ProtectedSince) {
		i.ProtectedSince = i.Protection.Since
	}
	for n := range c.listed.Points {
		i.add(&c.listed.Points[n])
	}
	i.Recent = tail(i.Recent, recentBackups)
	if running, ok := c.in.Running[def.Name]; ok {
		i.Running = &running
	}
	c.failures(&i)
	var err error
	if i.Missed, err = c.missed(i); err != nil {
		return i, err
	}
	if i.Objective, err = objective(def, i.LastGood, i.Recent, c.in.Now); err != nil {
		return i, err
	}
	if i.Drill, err = c.drill(i); err != nil {
		return i, err
	}
	i.Scrub = c.listed.Scrub
	i.Calendar = calendar(i, c.listed.Points, c.in.Now)
	i.Next = c.next()
	i.Freshness = i.FreshnessAt(c.in.Now)
	return i, nil
}

// add counts a point.
func (i *Instance) add(p *Point) {
	tier := i.Tiers[p.Tier]
	i.Tiers[p.Tier] = Count{tier.Points + 1, tier.Bytes + p.Bytes}
	if p.Deleted != nil {
		i.Deleted = append(i.Deleted, Deletion{p.Point, p.Deleted.At, p.Deleted.Until, p.Deleted.Identity, p.Deleted.Reason, p.Deleted.BySweep})
		return
	}
	i.Recent = append(i.Recent, p.Backup)
	if p.Damaged {
		i.Damaged = append(i.Damaged, p.Point)
	}
	if p.Restorable && (i.LastGood == nil || p.Committed.After(i.LastGood.Committed)) {
		good := p.Backup
		i.LastGood = &good
	}
}

func tail[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }

// failures sets the failed backups, which the records have latest first.
func (c computer) failures(i *Instance) {
	for _, r := range slices.Backward(c.records) {
		if r.Outcome == jobs.Failed {
			i.Failures = append(i.Failures, failureOf(r))
		}
	}
	i.LastFailure = lastFailure(c.records)
}

// lastFailure returns the failed job that ended last; nil if there is none.
func lastFailure(records []jobs.Record) (last *Failure) {
	for _, r := range records {
		if r.Outcome == jobs.Failed && (last == nil || r.Ended.After(last.At)) {
			failure := failureOf(r)
			last = &failure
		}
	}
	return last
}

func failureOf(r jobs.Record) Failure {
	return Failure{Job: r.ID, At: r.Ended, Code: r.Code, Message: r.Message}
}

// missed returns the starts at which no job ran though one was due.
func (c computer) missed(i Instance) ([]time.Time, error) {
	if i.Protection.State == Stopped {
		return nil, nil
	}
	from := latest(c.in.Now.AddDate(0, 0, -Days), c.listed.Changed, i.ProtectedSince)
	var started []schedule.Job
	for _, r := range c.records {
		started = append(started, schedule.Job{ID: r.ID, Started: r.Started, Ended: r.Ended})
	}
	id := jobs.BackupSchedule(i.Name)
	for _, p := range c.listed.Points {
		started = append(started, schedule.Job{ID: jobs.ScheduledID(id, p.At)})
	}
	if i.Running != nil {
		started = append(started, schedule.Job{ID: i.Running.Job, Started: i.Running.Started})
	}
	states := make([]schedule.State, 0, len(c.listed.Instance.Policy.Schedules))
	for n, s := range c.listed.Instance.Policy.Schedules {
		states = append(states, schedule.State{ID: jobs.NthBackupSchedule(i.Name, n), Schedule: s, Since: from})
	}
	missed, err := schedule.MissedStarts(states, started, nil, from, c.in.Now)
	times := make([]time.Time, 0, len(missed))
	for _, m := range missed {
		times = append(times, m.At)
	}
	return times, err
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// protection returns the state of the protection, and what keeps schedules from
// starting jobs.
func (c computer) protection() Protection {
	p := c.listed.Protection
	state := Protection{State: Protected, Since: p.At, By: p.Identity, Reason: p.Reason}
	if p.Stopped() {
		state.State, state.Mode = Stopped, p.State
		return state
	}
	for id, s := range c.schedules() {
		switch {
		case s == nil:
			state.Held = append(state.Held, HeldSchedule{ID: id, Missing: true})
		case s.Paused:
			state.Held = append(state.Held, HeldSchedule{ID: id, Note: s.Note})
		}
	}
	if len(state.Held) > 0 {
		state.State = NotScheduled
	}
	return state
}

// schedules yields the IDs of the instance's schedules with what the server has
// under them; nil for nothing.
func (c computer) schedules() func(yield func(string, *Schedule) bool) {
	return func(yield func(string, *Schedule) bool) {
		if c.in.Schedules == nil {
			return
		}
		for n := range c.listed.Instance.Policy.Schedules {
			id := jobs.NthBackupSchedule(c.listed.Instance.Name, n)
			var found *Schedule
			if s, ok := c.in.Schedules[id]; ok {
				found = &s
			}
			if !yield(id, found) {
				return
			}
		}
	}
}

// next returns the earliest start of the schedules that are not paused.
func (c computer) next() (next time.Time) {
	for _, s := range c.schedules() {
		if s != nil && !s.Paused && !s.Next.IsZero() && (next.IsZero() || s.Next.Before(next)) {
			next = s.Next
		}
	}
	return next
}
