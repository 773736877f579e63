package trust

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
	"github.com/pgvault/pgvault/internal/policy"
)

// Write returns a trust file that allows only backups of the instances, restores
// to their own hosts and drills on their scratch servers. It binds secrets one by one, so that a host
// never gets a password of another host. vaultID is "" for a vault that has no
// ID yet. The error is a *failure.Error with the code
// [failure.InvalidConfiguration] if no file can allow all instances.
func Write(vaultID string, vault instance.VaultSettings, instances []instance.Instance) ([]byte, error) {
	if vaultID != "" {
		if err := checkVaultID(vaultID); err != nil {
			return nil, failure.Wrap(err, failure.InvalidConfiguration, "give the ID in vault.json", "the vault's ID")
		}
	}
	w := writer{}
	w.line("# The trust file of a worker of pgvault: what the worker may use, whatever a vault or a")
	w.line("# job says. Let the worker's user read this file and not write to it, and name it in")
	w.line("# %s. docs/trust.example.yaml shows every field.", Environment)
	if vaultID == "" {
		w.line("# vaultID: the ID in vault.json, once `pgvault apply` has given the vault one")
	} else {
		w.line("vaultID: %q", vaultID)
	}
	if err := w.servers(instances); err != nil {
		return nil, err
	}
	w.line("# containers: [\"https://ACCOUNT.blob.core.windows.net/CONTAINER\"]   # targets of restores as files")
	w.line("# notify: [hooks.example.com]   # hosts that may receive notifications")
	if err := w.notifySecrets(vault.Notifications); err != nil {
		return nil, err
	}
	if err := w.tls(instances); err != nil {
		return nil, err
	}
	w.vault(vault, instances)
	w.line("# storage: {versions: required, softDeleteDays: %d}   # what the storage account has to keep", instance.LeastSoftDelete)
	return []byte(w.String()), nil
}

// writer writes YAML by hand in order to include comments.
type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }

// account is the input of an item of "servers:".
type account struct {
	host, use      string
	names, secrets []string
	entra          bool
}

// add adds the sign-in of an instance.
func (a *account) add(name string, signIn instance.SignIn) error {
	a.names = append(a.names, name)
	if signIn.Entra != nil {
		a.entra = true
		return nil
	}
	secret, err := parseSecret(signIn.KeyVaultSecret)
	if err != nil {
		return failure.Wrap(err, failure.InvalidConfiguration, "correct its sign-in", "instance %s", name)
	}
	a.secrets = append(a.secrets, fmt.Sprintf("%q", secret))
	return nil
}

// accounts returns one account for each host and use, sorted.
func accounts(instances []instance.Instance) ([]*account, error) {
	var all []*account
	add := func(use, name, host string, signIn instance.SignIn) error {
		host, err := canonicalHost(host)
		if err != nil {
			return failure.Wrap(err, failure.InvalidConfiguration, "correct its server", "instance %s", name)
		}
		at := slices.IndexFunc(all, func(a *account) bool { return a.host == host && a.use == use })
		if at < 0 {
			at, all = len(all), append(all, &account{host: host, use: use})
		}
		return all[at].add(name, signIn)
	}
	for _, i := range instances {
		if err := add(fmt.Sprintf("%s, %s", Backup, restoreOwn), i.Name, i.Server.Host, i.SignIn); err != nil {
			return nil, err
		}
		if i.Drill == nil {
			continue
		}
		if err := add(string(Drill), i.Name, i.Drill.Server.Host, i.Drill.SignIn); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b *account) int { return cmp.Or(cmp.Compare(a.host, b.host), cmp.Compare(a.use, b.use)) })
	return all, nil
}

func (w *writer) servers(instances []instance.Instance) error {
	all, err := accounts(instances)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		w.line("# servers: there is no instance yet")
		return nil
	}
	w.line("servers:   # where a sign-in may be sent, and which one")
	for _, a := range all {
		w.server(a)
	}
	return nil
}

func (w *writer) server(a *account) {
	w.line("  - hosts: [%q]   # %s", a.host, strings.Join(a.names, ", "))
	w.line("    use: [%s]", a.use)
	slices.Sort(a.secrets)
	if secrets := slices.Compact(a.secrets); len(secrets) > 0 {
		w.line("    secrets:")
		for _, secret := range secrets {
			w.line("      - %s", secret)
		}
	}
	if a.entra {
		w.line("    entra: true")
	}
}

func (w *writer) notifySecrets(all []instance.Notification) error {
	if len(all) == 0 {
		return nil
	}
	w.line("notifySecrets:   # secrets that hold addresses for notifications")
	for _, n := range all {
		secret, err := parseSecret(n.URL)
		if err != nil {
			return failure.Wrap(err, failure.InvalidConfiguration, "correct its url", "notification %s", n.Name)
		}
		w.line("  - %s   # %s", secret, n.Name)
	}
	return nil
}

// connection is the protection of a connection for an instance.
type connection struct {
	name string
	instance.TLS
}

func connections(instances []instance.Instance) (all []connection) {
	for _, i := range instances {
		all = append(all, connection{i.Name, i.Server.WithDefaults().TLS})
		if i.Drill != nil {
			all = append(all, connection{i.Name, i.Drill.Server.WithDefaults().TLS})
		}
	}
	return all
}

// tls writes the weakest TLS mode of the instances, and the folder of their
// certificates.
func (w *writer) tls(instances []instance.Instance) error {
	weakest, folder := len(tlsModes)-1, ""
	for _, c := range connections(instances) {
		weakest = min(weakest, slices.Index(tlsModes, c.Mode))
		if c.RootCertificate == "" {
			continue
		}
		folder = common(folder, filepath.Dir(filepath.Clean(c.RootCertificate)))
		if checkFolder(folder) != nil {
			return failure.New(failure.InvalidConfiguration, "put all root certificates into one folder", "the root certificate of instance %s is in the root of the file system, or in another folder than the others", c.name)
		}
	}
	if weakest < 0 {
		return failure.New(failure.InvalidConfiguration, "give one of "+strings.Join(tlsModes, ", "), "an instance has an unknown TLS mode")
	}
	if folder != "" {
		folder = fmt.Sprintf(", rootCertificates: %q", folder+"/")
	}
	w.line("tls: {minimum: %s%s}", tlsModes[weakest], folder)
	return nil
}

// common returns the deepest folder that contains both folders. "" contains
// nothing.
func common(a, b string) string {
	for a != "" && a != b && !below(a, b) {
		a = filepath.Dir(a)
	}
	return cmp.Or(a, b)
}

func (w *writer) vault(v instance.VaultSettings, instances []instance.Instance) {
	days := 0
	if !v.SoftDelete.Off {
		days = cmp.Or(v.SoftDelete.Days, instance.LeastSoftDelete)
	}
	longest := policy.Duration{Years: 10}
	for _, i := range instances {
		for _, rule := range i.Policy.Rules {
			longest = longer(longest, sum(rule.Standard, rule.Archive))
		}
	}
	w.line("vault: {softDeleteDays: %d, immutability: %s, maximumRetention: %s}", days, cmp.Or(string(v.Immutability), "disabled"), longest)
}

func sum(a, b policy.Duration) policy.Duration {
	return policy.Duration{Years: a.Years + b.Years, Months: a.Months + b.Months, Days: a.Days + b.Days}
}

// longer returns the longer of two durations, counted from the same day.
func longer(a, b policy.Duration) policy.Duration {
	from := time.Date(2001, time.February, 1, 0, 0, 0, 0, time.UTC)
	if b.AddTo(from).After(a.AddTo(from)) {
		return b
	}
	return a
}
