package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/pgvault/pgvault/internal/jobs"
)

// alike are commands that are taken for one another, with what each does and the type
// of its job in Temporal; rerun continues a job of any type.
var alike = []struct{ command, does, job string }{
	{"rerun", "continues a job that has failed, at its failed step", ""},
	{"resume", "starts the backups of a stopped instance again", jobs.TypeResumeProtection},
	{"policy reapply", "applies a changed policy to recovery points that exist", jobs.TypeReapplyPolicy},
	{"restore", "makes a database or files of a recovery point", jobs.TypeRestore},
}

// tellApart adds to the help of each of these commands what the others do.
func tellApart(root *cobra.Command) {
	all := commands(root)
	var lines []string
	for _, c := range alike {
		job := ""
		if c.job != "" {
			job = " (job " + c.job + ")"
		}
		lines = append(lines, "  "+c.command+strings.Repeat(" ", len("policy reapply  ")-len(c.command))+c.does+job)
	}
	for _, c := range alike {
		all[c.command].Long += "\n\nCommands of similar names:\n" + strings.Join(lines, "\n")
	}
}
