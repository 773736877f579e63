package workflows_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/workflows"
)

// cardSteps returns the names of a card's steps.
func cardSteps(card string) string {
	var names []string
	for _, line := range strings.Split(card, "\n")[2:] {
		if cells := strings.Split(line, " | "); len(cells) > 1 {
			names = append(names, strings.TrimPrefix(cells[0], "| "))
		}
	}
	return strings.Join(names, ", ")
}

func TestMistypedInputsFailAtOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		workflow any
		input    string
		says     string
	}{
		{"unknown field", workflows.Backup, `{"instance":"shop/orders","retentionrules":"Yearly"}`, `unknown field "retentionrules"`},
		{"typo", workflows.Backup, `{"instnace":"shop/orders"}`, `unknown field "instnace"`},
		{"several values", workflows.Backup, `{"instance":"shop/orders"} {"instance":"shop/invoices"}`, "more than one JSON value"},
		{"null", workflows.Backup, `null`, `field "instance" is empty`},
		{"array", workflows.Backup, `["shop/orders"]`, "array"},
		{"string", workflows.Backup, `"shop/orders"`, "string"},
		{"number for a name", workflows.Backup, `{"instance":7}`, `field "instance" cannot be a JSON number`},
		{"nothing", workflows.Backup, ``, "it is empty"},
		{"half", workflows.Backup, `{"instance":`, "EOF"},
		{"not JSON", workflows.Backup, `instance=shop/orders`, "invalid character"},
		{"no instance", workflows.Backup, `{}`, `field "instance" is empty`},
		{"no name", workflows.Backup, `{"instance":"Shop Orders"}`, "instance: "},
		{"path", workflows.Backup, `{"instance":"../orders"}`, "instance: "},
		{"sweep", workflows.RetentionSweep, `{"dryrum":true}`, `unknown field "dryrum"`},
		{"sweep with text", workflows.RetentionSweep, `{"dryRun":"yes"}`, `field "dryRun" cannot be a JSON string`},
		{"scrub", workflows.Scrub, `{"bytes":1}`, `unknown field "bytes"`},
		{"validate", workflows.Validate, `{}`, `field "instance" is empty`},
		{"validate no name", workflows.Validate, `{"instance":"a b"}`, "cannot name an instance"},
		{"restore without target", workflows.Restore, `{"instance":"shop/orders"}`, "target needs either a server or a container"},
		{"restore with both", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","container":"https://a.blob.core.windows.net/c"}}`, "target needs either a server or a container"},
		{"restore without instance", workflows.Restore, `{"target":{"container":"https://a.blob.core.windows.net/c"}}`, `field "instance" is empty`},
		{"restore of no instance", workflows.Restore, `{"instance":"a b","target":{"container":"https://a.blob.core.windows.net/c"}}`, "cannot name an instance"},
		{"restore without host", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"port":5432},"database":"c"}}`, `field "target.server.host" is empty`},
		{"restore without database", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"}}}`, `field "target.database" is empty`},
		{"restore to a name that is too long", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"` + strings.Repeat("x", 64) + `"}}`, `field "target.database": a database's name has 1 to 63 bytes`},
		{"restore with a third choice", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","owners":"drop"}}`, `field "target.owners" cannot be "drop"`},
		{"restore with a third choice of grants", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","grants":"no"}}`, `field "target.grants" cannot be "no"`},
		{"restore over too many connections", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","connections":65}}`, `field "target.connections" cannot be 65`},
		{"restore of a third content", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","content":"rows"}}`, `field "target.content" cannot be "rows"`},
		{"restore of rows with roles", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","content":"data","roles":true}}`, `rows alone come without roles`},
		{"restore of some files", workflows.Restore, `{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net/c","tables":["a"]}}`, `files are restored whole`},
		{"restore of children of nothing", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","withChildren":true}}`, `there are none`},
		{"restore to no container", workflows.Restore, `{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net"}}`, `field "target.container"`},
		{"restore of a table without name", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"host":"db2"},"database":"c","tables":[""]}}`, `is empty`},
		{"restore with a third priority", workflows.Restore, `{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net/c"},"rehydration":{"priority":"urgent"}}`, `field "rehydration.priority" cannot be "urgent"`},
		{"restore with a short hold", workflows.Restore, `{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net/c"},"rehydration":{"holdDays":9}}`, `field "rehydration.holdDays" cannot be 9`},
		{"restore with a long hold", workflows.Restore, `{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net/c"},"rehydration":{"holdDays":31}}`, `field "rehydration.holdDays" cannot be 31`},
		{"restore with a typo in rehydration", workflows.Restore, `{"instance":"shop/orders","target":{"container":"https://a.blob.core.windows.net/c"},"rehydration":{"hold":15}}`, `unknown field "hold"`},
		{"verify without instance", workflows.Verify, `{"all":true}`, `field "instance" is empty`},
		{"verify with a typo", workflows.Verify, `{"instance":"shop/orders","al":true}`, `unknown field "al"`},
		{"verify of one and all", workflows.Verify, `{"instance":"shop/orders","point":"p","all":true}`, `either "point" or "all"`},
		{"notify with a typo", workflows.Notify, `{"notification":"oncall","url":"https://v/secrets/a","alert":{"kid":"stale"}}`, `unknown field "kid"`},
		{"notify with an address", workflows.Notify, `{"notification":"oncall","url":"https://hooks.example.com/1"}`, "url: it is not the URL of a Key Vault secret"},
		{"notify without alert", workflows.Notify, `{"notification":"oncall","url":"https://v/secrets/a"}`, `field "alert.id" is invalid`},
		{"typo within", workflows.Restore, `{"instance":"shop/orders","target":{"server":{"hots":"db2"},"database":"c"}}`, `unknown field "hots"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			e.ExecuteWorkflow(c.workflow, raw(c.input))
			found := e.failed(t)
			require.Equal(t, failure.InvalidInput, found.Code)
			require.Contains(t, found.Error(), c.says)
			require.NotEmpty(t, found.Action, "a remedy")
		})
	}
}

func TestUnknownFieldNamesTheKnownOnes(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.ExecuteWorkflow(workflows.Backup, raw(`{"database":"orders"}`))
	require.Equal(t, "give one JSON object with the fields instance, retentionRule", e.failed(t).Action)
}

func TestBackupWithoutInput(t *testing.T) {
	t.Parallel()
	e := newEnv(t)
	e.ExecuteWorkflow("Backup")
	require.Contains(t, e.failed(t).Error(), "there is no input")
}
