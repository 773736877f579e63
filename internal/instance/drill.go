package instance

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pgvault/pgvault/internal/failure/suggest"
	"github.com/pgvault/pgvault/internal/policy"
)

// Drill is how recovery points of an instance are restored to a scratch server
// and compared with what was dumped.
type Drill struct {
	// Schedule is nil if drills start on demand only.
	Schedule *policy.Schedule `json:"schedule,omitempty"`
	// Server is the scratch server.
	Server Server `json:"server"`
	SignIn SignIn `json:"signIn"`
	// Points selects the point of a scheduled drill.
	Points DrillPoints `json:"points"`
	// Checks is the name of a file of checks on the worker; empty means none.
	Checks string `json:"checks,omitempty"`
	// KeepFor is how long a proof counts.
	KeepFor policy.Duration `json:"keepFor"`
	// Connections is the number of connections that load and read data.
	Connections int `json:"connections"`
}

// DrillPoints is a choice among the points of an instance.
type DrillPoints string

// The choices. All are among points that a restore can read at once.
const (
	DrillLatest DrillPoints = "latest"
	DrillOldest DrillPoints = "oldest"
	DrillRandom DrillPoints = "random"
)

// AllDrillPoints returns the choices.
func AllDrillPoints() []DrillPoints { return []DrillPoints{DrillLatest, DrillOldest, DrillRandom} }

// Known reports whether d is one of the choices.
func (d DrillPoints) Known() bool { return slices.Contains(AllDrillPoints(), d) }

// UnmarshalText implements [encoding.TextUnmarshaler], for pgvault.yaml.
func (d *DrillPoints) UnmarshalText(text []byte) error {
	value := DrillPoints(text)
	if !value.Known() {
		var names []string
		for _, choice := range AllDrillPoints() {
			names = append(names, string(choice))
		}
		return fmt.Errorf("%q is no choice of points%s; write one of %s", value, suggest.DidYouMean(string(value), names), strings.Join(names, ", "))
	}
	*d = value
	return nil
}

// WithDefaults returns the drill with defaults for empty fields.
func (d Drill) WithDefaults() Drill {
	d.Server = d.Server.WithDefaults()
	d.Points = cmp.Or(d.Points, DrillLatest)
	d.KeepFor = cmp.Or(d.KeepFor, policy.Duration{Days: 90})
	d.Connections = cmp.Or(d.Connections, DefaultConnections)
	return d
}

// checksForm matches the names of files of checks, which lie in one folder.
var checksForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)

// CheckChecks returns an error if name is not the name of a file in a folder.
func CheckChecks(name string) error {
	if !checksForm.MatchString(name) {
		return fmt.Errorf("%q is not the name of a file in the folder of checks: letters, digits, dots, hyphens and underscores", name)
	}
	return nil
}

// Validate returns an error if the drill is invalid.
func (d Drill) Validate() error {
	if d.Connections < 1 || d.Connections > MaxConnections {
		return fmt.Errorf("%d is not a number of connections from 1 to %d", d.Connections, MaxConnections)
	}
	if !d.Points.Known() {
		return fmt.Errorf("%q is no choice of points", d.Points)
	}
	var checks error
	if d.Checks != "" {
		checks = CheckChecks(d.Checks)
	}
	return errors.Join(d.Server.Validate(), d.SignIn.Validate(), checks)
}
