package bench

import pprofile "github.com/google/pprof/profile"

// Exported for tests.
var (
	Bars         = bars
	Parts        = parts
	ParseProcess = parseProcess
	TreeTime     = treeTime
	MachineTime  = machineTime
	Verdict      = Figure.verdict
)

// Hasher is [hasher].
const Hasher = hasher

// Part is [part].
type Part = part

// FiguresOf returns the figures of the values of one name.
func FiguresOf(shape, name string, values ...float64) []Figure {
	var f figures
	for _, v := range values {
		f.add(shape, name, v)
	}
	return f.list()
}

// CountSamples returns the samples in functions, and all.
func CountSamples(p *pprofile.Profile, prefix string) (in, all int64) {
	s := countSamples(p, prefix)
	return s.in, s.all
}
