package report

// The lines of a report.
const (
	LineDrills = "drills"
	LineTimes  = "times"
	LineGaps   = "gaps"
	LineScrub  = "scrub"
	LineChain  = "chain"
)

// Control says which line of the report supports a control. The report is evidence
// for an auditor, who judges; it satisfies no control by itself.
type Control struct {
	Line     string
	Supports []string
}

const (
	iso  = "ISO/IEC 27001:2022 A.8.13"
	soc  = "SOC 2 A1.3"
	dora = "DORA Art. 12"
)

// Controls returns which control each line supports.
func Controls() []Control {
	return []Control{
		{LineDrills, []string{iso, soc, dora}}, // restoring is tested
		{LineTimes, []string{soc, dora}},       // objectives for the time of recovery
		{LineGaps, []string{iso, soc, dora}},   // it is tested regularly
		{LineScrub, []string{iso, dora}},       // copies are whole
		{LineChain, []string{iso, dora}},       // the evidence is
	}
}
