package simulate

import (
	"math"
	"strconv"
	"time"

	"github.com/pgvault/pgvault/internal/policy/scrub"
)

// reading is the last reading of a point, and the time from which it is too long
// ago.
type reading struct{ at, due time.Time }

// addReading adds the first reading of a new point, which its backup makes.
func (s *simulation) addReading(at time.Time) {
	s.readings = append(s.readings, reading{})
	s.read(len(s.readings)-1, at)
}

func (s *simulation) read(point int, at time.Time) {
	if s.Scrub != nil {
		s.readings[point] = reading{at, scrub.Rules{Now: at, Every: s.Scrub.Every}.DueAt(scrub.Point{Read: at})}
	}
}

// scrub runs the planner of scrubs and carries out its plan. It leaves out the
// points that are not due, for which the planner would only count the coverage.
func (s *simulation) scrub(at time.Time) error {
	planner := scrub.NewPlanner(scrub.Rules{Now: at, Every: s.Scrub.Every}, scrub.Room{Bytes: s.Scrub.BytesPerRun, Points: math.MaxInt})
	due := 0
	for _, i := range s.stored {
		if p := s.points[i]; !p.Gone(at) && !p.InArchive(at) && !s.readings[i].due.After(at) {
			planner.Add(scrub.Point{ID: strconv.Itoa(i), Read: s.readings[i].at, Bytes: p.Bytes})
			due++
		}
	}
	chosen := planner.Plan().Points
	for _, p := range chosen {
		i, err := strconv.Atoi(p.ID)
		if err != nil {
			return err
		}
		s.read(i, at)
		s.scrubbed.Points++
		s.scrubbed.Bytes += p.Bytes
	}
	s.scrubbed.Overdue = due - len(chosen)
	return nil
}
