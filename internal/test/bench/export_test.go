package bench

// Exported for tests.
var (
	Bars         = bars
	Parts        = parts
	ParseProcess = parseProcess
	TreeTime     = treeTime
	MachineTime  = machineTime
	Verdict      = Figure.verdict
)

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
