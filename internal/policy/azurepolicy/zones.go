package azurepolicy

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // zone names must mean the same on a machine without zone files
)

// zone returns the IANA name of a zone given by its Windows name. It returns an
// IANA name unchanged.
func zone(name string) (string, error) {
	for windows, iana := range windowsZones {
		if strings.EqualFold(windows, name) {
			return iana, nil
		}
	}
	if _, err := time.LoadLocation(name); err != nil || name == "" || name == "Local" {
		return "", fmt.Errorf("%q is neither one of Windows' time zones nor one of the IANA list", name)
	}
	return name, nil
}

// wall returns the time on the zone's clocks that a start means, and whether it
// equals the written time. Azure's portal writes it with the offset of the
// zone's standard time, even in summer; any other offset means the instant.
func (s start) wall(in *time.Location) (at time.Time, asWritten bool) {
	year, month, day := s.at.Date()
	hour, minute, second := s.at.Clock()
	written := time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	if !s.zoned {
		return written, true
	}
	_, offset := s.at.Zone()
	for m := time.January; m <= time.December; m++ {
		if _, of := time.Date(year, m, 15, 12, 0, 0, 0, in).Zone(); of == offset {
			return written, true
		}
	}
	local := s.at.In(in)
	_, of := local.Zone()
	return written.Add(time.Duration(of-offset) * time.Second), false
}
