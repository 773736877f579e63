package bench

// What the tests see of the package's inside.
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

// FiguresOf is what comes of the values of one name.
func FiguresOf(shape, name string, values ...float64) []Figure {
	var f figures
	for _, v := range values {
		f.add(shape, name, v)
	}
	return f.list()
}
