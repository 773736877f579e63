package bench

// What the tests see of the package's inside.
var (
	Parts        = parts
	ParseProcess = parseProcess
	TreeTime     = treeTime
	MachineTime  = machineTime
)

// Part is [part].
type Part = part
