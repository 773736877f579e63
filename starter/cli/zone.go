package cli

import (
	"time"

	"github.com/spf13/cobra"
)

// zone is the time zone in which times are printed for people; the zero value is UTC.
type zone struct{ *time.Location }

// localFlag adds the flag of commands that print times.
func (a *App) localFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.local, "local", false, "print times in your time zone and not in UTC; JSON and YAML stay in UTC")
}

func (z zone) in(t time.Time) time.Time {
	if z.Location == nil {
		return t.UTC()
	}
	return t.In(z.Location)
}

// text returns a time with its layout and the zone: "Z" for UTC, and otherwise the offset
// and the abbreviation, if the zone has one. The zero time is empty.
func (z zone) text(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	t = z.in(t)
	name, offset := t.Zone()
	text := t.Format(layout + "Z07:00")
	if offset == 0 && name == "UTC" || name == "" || name[0] == '+' || name[0] == '-' {
		return text
	}
	return text + " " + name
}

// time returns a time to the second.
func (z zone) time(t time.Time) string { return z.text(t, time.DateTime) }

// minute returns a time to the minute, for tables with many columns.
func (z zone) minute(t time.Time) string { return z.text(t, "2006-01-02 15:04") }

// day returns the day of a time.
func (z zone) day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return dayText(z.in(t))
}
