package e2e_test

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	docs "github.com/pgvault/pgvault/internal/test/document"
)

// disasters are the sections of docs/RESTORE.md, each with what has to happen first.
// A section runs its own steps, in its order.
var disasters = map[string]func(*testing.T, *night){
	"First":                      lookFirst,
	"Lost rows":                  lostRows,
	"Lost table":                 lostTable,
	"Lost database":              lostDatabase,
	"Lost server":                lostServer,
	"Lost Temporal":              lostTemporal,
	"Lost settings of the vault": lostSettings,
	"Lost recovery points":       lostPoints,
	"Lost Key Vault":             lostKeyVault,
	"Lost pgvault":               lostPgvault,
}

// TestTheRunbook makes each disaster of docs/RESTORE.md, and runs the commands of
// its section.
func TestTheRunbook(t *testing.T) {
	t.Parallel()
	page := docs.Read(t, "RESTORE.md")
	require.Len(t, page.Sections(), len(disasters))
	for _, section := range page.Sections() {
		t.Run(strings.ReplaceAll(section.Title, " ", "_"), func(t *testing.T) {
			t.Parallel()
			disaster := disasters[section.Title]
			require.NotNil(t, disaster, "nobody tries the section")
			n := &night{section: section, given: names(page.Introduction()), vars: map[string]string{}}
			disaster(t, n)
			require.Equal(t, len(n.section.Steps), n.done, "a block of the section was not run")
		})
	}
}

// night is a person who reads a section of the runbook.
type night struct {
	*world
	i       instance
	section docs.Section
	// given are the names of the variables that the page tells to set.
	given map[string]bool
	vars  map[string]string
	done  int
	// attended is set if a person decides whether a failed command matters.
	attended bool
}

var variable = regexp.MustCompile(`(?m)(?:^|[ \t])([A-Za-z_]+)=`)

// names returns the variables that blocks set.
func names(steps []docs.Step) map[string]bool {
	found := map[string]bool{}
	for _, step := range steps {
		for _, m := range variable.FindAllStringSubmatch(step.Commands, -1) {
			found[m[1]] = true
		}
	}
	return found
}

// at sets the variables of the page for an instance in a world.
func (n *night) at(t *testing.T, w *world, i instance) {
	t.Helper()
	n.world, n.i = w, i
	n.set("instance", i.Name)
	n.set("database", i.Database)
	n.set("table", "shop.orders")
	n.set("before", "shop.orders_before")
	n.set("account", "devstoreaccount1")
	n.set("container", path.Base(w.vars["PGVAULT_VAULT"]))
	n.set("secret", w.administrator(t))
	n.signsInAt(t, w.server())
	n.set("at", time.Now().Add(time.Second).UTC().Format("2006-01-02 15:04:05"))
	for name := range n.given {
		require.Contains(t, n.environment(t), name)
	}
}

// signsInAt sets the server that is restored to, and to which psql connects.
func (n *night) signsInAt(t *testing.T, server string) {
	t.Helper()
	host, port, ok := strings.Cut(server, ":")
	require.True(t, ok)
	p := n.env.Postgres
	n.set("server", server)
	maps.Copy(n.vars, map[string]string{
		"PGHOST": host, "PGPORT": port, "PGUSER": p.Superuser, "PGPASSWORD": p.Password.Reveal(),
		"PGSSLMODE": "verify-full", "PGSSLROOTCERT": n.env.CA.CertificateFile(),
	})
}

// set sets a variable of the page, or of the section.
func (n *night) set(name, value string) { n.vars[name] = value }

// environment returns the variables of the person's shell.
func (n *night) environment(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, v := range n.environ() {
		name, value, _ := strings.Cut(v, "=")
		all[name] = value
	}
	maps.Copy(all, n.vars)
	return all
}

// step runs the next block of the section in the world's directory, and returns its
// output.
func (n *night) step(t *testing.T) string {
	t.Helper()
	out, err := n.attempt(t)
	require.NoError(t, err, "%s", out)
	return out
}

// attempt is step for a block that may fail.
func (n *night) attempt(t *testing.T) (string, error) {
	t.Helper()
	require.Less(t, n.done, len(n.section.Steps), "the section has no further block")
	step := n.section.Steps[n.done]
	n.done++
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	options := "-eu"
	if n.attended {
		options = "-u"
	}
	cmd := exec.CommandContext(ctx, "sh", options, "-c", step.Commands)
	cmd.Dir = n.dir
	vars := n.environment(t)
	vars["PATH"] = n.programs(t) + ":" + vars["PATH"]
	for name, value := range vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	output, err := cmd.CombinedOutput()
	if !n.attended { // who attends reads the roles file, which has the settings of all roles
		keepLog(t, "the runbook", output)
	}
	t.Logf("%s\n%s", step.Commands, output)
	if err == nil {
		require.Empty(t, step.Missing(string(output)), "a line that the page shows")
	}
	return string(output), err
}

// programs returns a directory with the programs of the page that are not the
// machine's.
func (n *night) programs(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(n.dir, "programs")
	if os.Mkdir(dir, 0o700) == nil {
		self, err := os.Executable()
		require.NoError(t, err)
		for name, file := range map[string]string{
			"pgvault": filepath.Join(bin, "pgvault"), "temporal": n.env.Temporal.Binary, azName: self,
		} {
			require.NoError(t, os.Symlink(file, filepath.Join(dir, name)))
		}
	}
	return dir
}

// shopSQL is the database of the sections about databases.
const shopSQL = `CREATE SCHEMA shop;
CREATE TABLE shop.customers AS SELECT n AS id, 'customer ' || n AS name FROM generate_series(1, 100) n;
ALTER TABLE shop.customers ADD PRIMARY KEY (id);
CREATE TABLE shop.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int NOT NULL REFERENCES shop.customers, note text);
INSERT INTO shop.orders (customer, note) SELECT 1 + n % 100, 'order ' || n FROM generate_series(1, 5000) n;
CREATE INDEX orders_by_customer ON shop.orders (customer)`

// rowsOfOrders is a query for all rows of the table in one value.
const rowsOfOrders = "SELECT count(*) || ' ' || md5(string_agg(o::text, '' ORDER BY id)) FROM shop.orders o"

// shop returns a backed-up instance of the shared world, and its rows.
func (n *night) shop(t *testing.T) (rows string) {
	t.Helper()
	w := sharedWorld(t)
	return n.open(t, w)
}

func (n *night) open(t *testing.T, w *world) (rows string) {
	t.Helper()
	i := w.protected(t, shopSQL)
	w.backup(t, i)
	n.at(t, w, i)
	return w.query(t, i.Database, rowsOfOrders)
}
