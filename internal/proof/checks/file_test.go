package checks_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/proof/checks"
)

func TestExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../docs/checks.example.yaml")
	require.NoError(t, err)
	file, err := checks.Parse(text, "checks.example.yaml")
	require.NoError(t, err)
	require.Len(t, file.Checks, 3)
	require.Equal(t, checks.Check{Name: "there are orders", SQL: "SELECT EXISTS (SELECT FROM shop.orders)", Timeout: 5 * time.Minute}, file.Checks[0])
	require.Equal(t, 20*time.Minute, file.Checks[2].Timeout)
	require.Len(t, file.SHA256, 64)
}

func TestMistakesOfAFile(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                         `line 1, column 1: checks: expected a list of checks in [ ], found nothing`,
		"checks: []":                               `line 1, column 1: checks: expected a list of checks in [ ], found a mapping`,
		"- {name: a}":                              `line 1, column 4: checks[0].sql: missing; add "sql:"`,
		"- {name: a, sql: ' '}":                    `line 1, column 18: checks[0].sql: is empty; write one statement that returns one boolean`,
		"- {name: a, sql: SELECT 1, time: 5}":      `line 1, column 28: checks[0].time: unknown field; the fields here are name, sql, timeout`,
		"- {name: a, sql: x, timeout: 5}":          `line 1, column 30: checks[0].timeout: expected text, found the number 5; put it in quotes if it is meant as text`,
		"- {name: a, sql: x, timeout: 5d}":         `line 1, column 30: checks[0].timeout: "5d" is not a length of time; write hours, minutes or seconds, like 6h, 15m or 1h30m`,
		"- {name: a, sql: x, timeout: 10ms}":       `line 1, column 30: checks[0].timeout: 10ms is not from 1s to 24h`,
		"- {name: a, sql: x, timeout: 25h}":        `line 1, column 30: checks[0].timeout: 25h is not from 1s to 24h`,
		"- {name: a, sql: x}\n- {name: a, sql: y}": `line 2, column 10: checks[1].name: the check on line 1 has the name "a" already; rename one of them`,
		`- {name: "\u202egpj", sql: x}`:            `line 1, column 10: checks[0].name: "\u202egpj" is not a name of a check; write 1 to 100 letters, digits, spaces, dots, hyphens or underscores, a letter or digit first`,
		`- {name: a, sql: "x\0"}`:                  `line 1, column 18: checks[0].sql: has a zero byte; remove it`,
	} {
		_, err := checks.Parse([]byte(text), "orders-checks.yaml")
		var f *failure.Error
		require.ErrorAs(t, err, &f, text)
		require.Equal(t, failure.InvalidConfiguration, f.Code)
		require.Equal(t, "the checks \"orders-checks.yaml\":\n"+want, f.Message)
	}
}

func TestTheSizeOfAFileIsBounded(t *testing.T) {
	t.Parallel()
	long := "- name: a\n  sql: |\n" + strings.Repeat("    SELECT\n", 12000)
	many := ""
	for i := range 201 {
		many += fmt.Sprintf("- {name: c%d, sql: SELECT true}\n", i)
	}
	for text, want := range map[string]string{
		long: "checks[0].sql: has 83999 bytes",
		many: "the file has 201 checks, and at most 200 are read",
		many[:strings.LastIndex(many[:len(many)-1], "\n")+1]: "",
		"# " + string(make([]byte, 1<<20)):                   "and at most 1048576 are read",
	} {
		_, err := checks.Parse([]byte(text), "orders-checks.yaml")
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}

// Parse returns a file or an error, and never panics.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("../../../docs/checks.example.yaml")
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte("- {name: a, sql: &x x, timeout: *x}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := checks.Parse(text, "orders-checks.yaml")
		if err != nil {
			require.Equal(t, failure.InvalidConfiguration, failure.CodeOf(err))
			return
		}
		for _, c := range file.Checks {
			require.NotEmpty(t, c.Name)
			require.NotEmpty(t, c.SQL)
			require.GreaterOrEqual(t, c.Timeout, time.Second)
		}
	})
}
