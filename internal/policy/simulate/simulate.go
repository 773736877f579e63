package simulate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
	"github.com/pgvault/pgvault/internal/policy/retention"
	"github.com/pgvault/pgvault/internal/policy/schedule"
)

// Options are the parameters of a simulation.
type Options struct {
	Policy policy.Policy
	// Sweep is the schedule of sweeps.
	Sweep policy.Schedule
	// Scrub has the settings of scrubs; nil if there are none.
	Scrub *instance.Scrub
	// SoftDelete is how long a removed point is still stored.
	SoftDelete time.Duration
	// From is the first day of the simulation, in the policy's time zone.
	From  time.Time
	Years int
	// Size is the size of the first dump, in bytes.
	Size int64
	// Growth is the growth of a dump per year as a fraction: 0.2 is 20 %.
	Growth float64
	// Failures is the fraction of backups that fail: 0.02 is 2 %.
	Failures float64
	// Seed selects which ones fail.
	Seed uint64
}

// Run runs a simulation.
func Run(o Options) (Result, error) {
	zone, err := time.LoadLocation(o.Policy.TimeZone)
	if err != nil {
		return Result{}, fmt.Errorf("time zone of policy %s: %w", o.Policy.Name, err)
	}
	year, month, day := o.From.Date()
	from := time.Date(year, month, day, 0, 0, 0, 0, zone)
	s := simulation{Options: o, random: rand.New(rand.NewPCG(o.Seed, o.Seed)), rules: map[string]*RuleResult{}}
	s.result = Result{Policy: o.Policy.Name, TimeZone: o.Policy.TimeZone, From: from, To: from.AddDate(o.Years, 0, 0)}
	for _, rule := range o.Policy.Rules {
		s.rules[rule.Name] = &RuleResult{Rule: rule.Name, Keeps: rule.Lifecycle.String()}
	}
	events, err := s.events()
	if err != nil {
		return Result{}, err
	}
	for _, e := range events {
		if err := e.happen(e.at); err != nil {
			return Result{}, err
		}
	}
	return s.end(), nil
}

// simulation is a simulation in progress.
type simulation struct {
	Options
	random *rand.Rand
	result Result
	rules  map[string]*RuleResult
	// points are all points ever taken, and stored the indices of those whose
	// bytes are stored.
	points []Point
	stored []int
	// due is the time at which the next point expires or may be purged. Earlier
	// sweeps have nothing to do.
	due time.Time
	// readings are the last readings of all points ever taken.
	readings []reading
	scrubbed ScrubResult
}

// event is something that happens at a time.
type event struct {
	at     time.Time
	happen func(at time.Time) error
}

// events returns backups, sweeps, scrubs and the ends of days, weeks and years in
// chronological order.
func (s *simulation) events() ([]event, error) {
	var all []event
	for _, of := range s.Policy.Schedules {
		if err := s.scheduled(&all, of, s.backup); err != nil {
			return nil, err
		}
	}
	if err := s.scheduled(&all, s.Sweep, s.sweep); err != nil {
		return nil, err
	}
	if s.Scrub != nil {
		if err := s.scheduled(&all, s.Scrub.Schedule, s.scrub); err != nil {
			return nil, err
		}
	}
	for i := 1; ; i++ {
		day := s.result.From.AddDate(0, 0, i)
		if day.After(s.result.To) {
			break
		}
		all = append(all, event{day, s.dayEnds})
		if i%7 == 0 {
			all = append(all, event{day, s.weekEnds})
		}
	}
	for i := 1; i <= s.Years; i++ {
		all = append(all, event{s.result.From.AddDate(i, 0, 0), s.yearEnds})
	}
	slices.SortStableFunc(all, func(a, b event) int { return a.at.Compare(b.at) })
	return all, nil
}

func (s *simulation) scheduled(into *[]event, of policy.Schedule, happen func(time.Time) error) error {
	starts, err := schedule.Starts(of, s.result.From, s.result.To)
	for _, at := range starts {
		*into = append(*into, event{at, happen})
	}
	return err
}

// dumpBytes returns the size of a dump at the given time.
func (s *simulation) dumpBytes(at time.Time) int64 {
	years := at.Sub(s.result.From).Hours() / 24 / 365.25
	return int64(float64(s.Size) * math.Pow(1+s.Growth, years))
}

func (s *simulation) backup(at time.Time) error {
	if s.random.Float64() < s.Failures {
		s.result.Failed++
		s.result.Failures = append(s.result.Failures, at)
		return nil
	}
	replay, err := policy.NewReplay(s.Policy)
	if err != nil {
		return err
	}
	for _, i := range s.stored {
		// No period is longer than a year.
		if p := s.points[i]; p.Removed.IsZero() && at.Sub(p.Time) < 367*24*time.Hour {
			replay.Count(p.Time)
		}
	}
	decided, err := replay.Decide(at)
	if err != nil {
		return err
	}
	s.result.Taken++
	s.rules[decided.Rule].Taken++
	s.points = append(s.points, Point{Time: at, Rule: decided.Rule, Archived: decided.ArchiveAt, Expires: decided.Expires, Bytes: s.dumpBytes(at)})
	s.stored = append(s.stored, len(s.points)-1)
	s.addReading(at)
	s.dueBy(decided.Expires)
	return nil
}

func (s *simulation) dueBy(at time.Time) {
	if s.due.IsZero() || at.Before(s.due) {
		s.due = at
	}
}

// sweep runs the planner of sweeps and carries out its decisions.
func (s *simulation) sweep(at time.Time) error {
	if s.due.IsZero() || at.Before(s.due) {
		return nil
	}
	rules := retention.Rules{Now: at, SoftDelete: s.SoftDelete > 0}
	listing := make([]retention.Point, len(s.stored))
	for i, index := range s.stored {
		listing[i] = s.listed(index)
	}
	s.due = time.Time{}
	var left []int
	for i, d := range rules.Plan(listing) {
		p := &s.points[s.stored[i]]
		if d.Remove && p.Removed.IsZero() {
			p.Removed = at
		}
		if d.Remove && !d.Soft {
			p.Purged = at
			continue
		}
		left = append(left, s.stored[i])
		s.dueBy(s.next(*p))
	}
	s.stored = left
	return nil
}

// next returns the next time at which a sweep has something to do with a point.
func (s *simulation) next(p Point) time.Time {
	if p.Removed.IsZero() {
		return p.Expires
	}
	return p.Removed.Add(s.SoftDelete)
}

// listed returns a point as a sweep lists it.
func (s *simulation) listed(index int) retention.Point {
	p := s.points[index]
	listed := retention.Point{ID: fmt.Sprint(index), Time: p.Time, Committed: true, Good: true, Expires: p.Expires}
	if !p.Removed.IsZero() {
		listed.Deleted = &retention.Deletion{Until: p.Removed.Add(s.SoftDelete), BySweep: true}
	}
	return listed
}
