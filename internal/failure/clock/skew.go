package clock

import (
	"fmt"
	"net/http"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
)

// Tolerance is the largest difference between two clocks that agree.
const Tolerance = 5 * time.Minute

// Agree reports whether two clocks, read at the same moment, agree.
func Agree(a, b time.Time) bool { return a.Sub(b).Abs() <= Tolerance }

// Remedy is the remedy for a wrong clock.
const Remedy = "by NTP (chrony or systemd-timesyncd; `timedatectl` shows whether it does)"

// Readings are the times of three clocks at the same moment.
type Readings struct {
	// Worker is the worker's host and process.
	Worker string
	// Local is the time of the worker's clock, and Temporal that of the
	// Temporal server's.
	Local, Temporal time.Time
	// Storage is the time of the storage's clock; zero if it could not be read.
	Storage time.Time
}

// Skew returns a failure with code ClockSkew if the worker's clock and
// Temporal's disagree, and nil otherwise. It names the wrong clock if the
// storage's agrees with one of them.
func (r Readings) Skew() *failure.Error {
	if Agree(r.Local, r.Temporal) {
		return nil
	}
	said := fmt.Sprintf("the clock of worker %s says %s, and the Temporal server's %s", r.Worker, stamp(r.Local), stamp(r.Temporal))
	worker, server := "set the clock of worker "+r.Worker+" "+Remedy, "set the clock of the Temporal server "+Remedy
	if r.Storage.IsZero() {
		return failure.New(failure.ClockSkew, worker+", or the Temporal server's if that one is wrong", "%s: one of them is wrong by %s", said, apart(r.Local, r.Temporal))
	}
	said += "; the storage's says " + stamp(r.Storage)
	switch {
	case Agree(r.Storage, r.Temporal):
		return failure.New(failure.ClockSkew, worker, "%s: the worker's clock is %s", said, off(r.Local, r.Temporal))
	case Agree(r.Storage, r.Local):
		return failure.New(failure.ClockSkew, server, "%s: the Temporal server's clock is %s", said, off(r.Temporal, r.Local))
	}
	return failure.New(failure.ClockSkew, "set the clocks of worker "+r.Worker+" and of the Temporal server "+Remedy, "%s: no two of them agree", said)
}

// Against returns a failure with code ClockSkew if a service's clock and this
// machine's disagree, and nil otherwise. service names the service with an
// article, such as "the storage".
func Against(service string, local, remote time.Time) *failure.Error {
	if Agree(local, remote) {
		return nil
	}
	return failure.New(failure.ClockSkew, "set the clock of this machine "+Remedy,
		"this machine's clock says %s, and that of %s %s: this machine's is %s", stamp(local), service, stamp(remote), off(local, remote))
}

// AgainstAnswer is [Against] with the Date of an HTTP answer. It returns nil
// for an answer without a Date.
func AgainstAnswer(service string, local time.Time, answer *http.Response) *failure.Error {
	if answer == nil {
		return nil
	}
	if remote, err := http.ParseTime(answer.Header.Get("Date")); err == nil {
		return Against(service, local, remote)
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// apart returns the difference between two clocks in words.
func apart(a, b time.Time) string {
	d := a.Sub(b).Abs()
	if d >= 48*time.Hour {
		return fmt.Sprintf("%d days", d.Round(24*time.Hour)/(24*time.Hour))
	}
	return d.Round(time.Second).String()
}

// off describes how a wrong clock differs from a right one.
func off(wrong, right time.Time) string {
	if wrong.After(right) {
		return apart(wrong, right) + " ahead"
	}
	return apart(wrong, right) + " behind"
}
