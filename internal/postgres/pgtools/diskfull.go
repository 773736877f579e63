package pgtools

import "regexp"

// fullDisk is the SQLSTATE of a full disk.
const fullDisk = "53100"

var (
	// noSpace matches the messages of a full disk if the state is unknown, as in
	// pg_restore's output.
	noSpace = regexp.MustCompile(`^could not [^\n]*: (?:No space left on device|wrote only \d+ of \d+ bytes)`)
	// inFunction matches the context of an error within a function of the database.
	inFunction = regexp.MustCompile(`(?m)^(?:CONTEXT:  )?(?:PL/\w+|SQL) function `)
)

// DiskFull reports whether the statement failed because the disk of the server is
// full. A function of the database may raise that state or message as well.
func (e RestoreError) DiskFull() bool {
	return (e.State == fullDisk || e.State == "" && noSpace.MatchString(e.Message)) && !inFunction.MatchString(e.Message)
}
