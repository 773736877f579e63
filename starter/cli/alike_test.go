package cli_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/pgvault/pgvault/starter/cli"
	"github.com/pgvault/pgvault/workflows"
)

// types collects the names of the registered workflows.
type types []string

func (t *types) RegisterWorkflow(any) {}

func (t *types) RegisterWorkflowWithOptions(_ any, o workflow.RegisterOptions) {
	*t = append(*t, o.Name)
}

func (t *types) RegisterDynamicWorkflow(any, workflow.DynamicRegisterOptions) {}

// Each of these commands has a line in the help of all, with the job that it starts.
func TestCommandsOfSimilarNamesAreToldApart(t *testing.T) {
	t.Parallel()
	var registered types
	workflows.Register(&registered)
	commands := cli.Commands()
	for command, job := range map[string]string{"rerun": "", "resume": "ResumeProtection", "policy reapply": "ReapplyPolicy", "restore": "Restore"} {
		require.True(t, job == "" || slices.Contains(registered, job), job)
		for _, other := range []string{"rerun", "resume", "policy reapply", "restore"} {
			lines := strings.Split(commands[other].Long, "\n")
			at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "  "+command+"  ") })
			require.GreaterOrEqual(t, at, 0, "%s in the help of %s", command, other)
			require.Equal(t, job != "", strings.HasSuffix(lines[at], " (job "+job+")"))
			require.LessOrEqual(t, len(lines[at]), 100)
		}
	}
}
