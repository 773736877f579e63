package localenv

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// initialise creates the cluster's files.
func (p *Postgres) initialise(ctx context.Context, o PostgresOptions) error {
	passwordFile := filepath.Join(p.dir, "password")
	if err := os.WriteFile(passwordFile, []byte(p.Password.Reveal()), 0o600); err != nil {
		return fmt.Errorf("write the superuser's password: %w", err)
	}
	if err := ownedByPostgres(p.dir, passwordFile); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(p.BinDir, "initdb"), "-D", p.DataDir(), "-U", p.Superuser,
		"--pwfile", passwordFile, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if err := asPostgres(cmd); err != nil {
		return err
	}
	if err := runTool(cmd, "initdb"); err != nil {
		return err
	}
	if err := os.Remove(passwordFile); err != nil {
		return fmt.Errorf("remove the superuser's password: %w", err)
	}
	return p.writeConfiguration(o)
}

func (p *Postgres) writeConfiguration(o PostgresOptions) error {
	data := p.DataDir()
	hba, err := hostBasedAuthentication(o.LDAPAddr)
	if err != nil {
		return err
	}
	files := map[string][]byte{"pg_hba.conf": []byte(hba), "postgresql.auto.conf": []byte(p.settings(o))}
	if files["server.crt"], err = os.ReadFile(o.Certificate.CertFile); err != nil {
		return fmt.Errorf("read the server certificate: %w", err)
	}
	if files["server.key"], err = os.ReadFile(o.Certificate.KeyFile); err != nil {
		return fmt.Errorf("read the server key: %w", err)
	}
	for name, content := range files {
		path := filepath.Join(data, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := ownedByPostgres(path); err != nil {
			return err
		}
	}
	return nil
}

// settings returns the content of postgresql.auto.conf, which overrides other
// files.
func (p *Postgres) settings(o PostgresOptions) string {
	all := map[string]string{
		"listen_addresses":        p.Host,
		"port":                    strconv.Itoa(p.Port),
		"unix_socket_directories": "", // TCP and TLS only, like the managed server
		"ssl":                     "on",
		"ssl_cert_file":           "server.crt",
		"ssl_key_file":            "server.key",
		"fsync":                   "off", // nothing here outlives a crash anyway
		"synchronous_commit":      "off",
		"full_page_writes":        "off",
		"shared_buffers":          "64MB",
		"max_connections":         "100",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"log_line_prefix":         "%m [%p] %q%u@%d %a ",
	}
	for name, value := range o.Settings {
		all[name] = value
	}
	lines := make([]string, 0, len(all))
	for name, value := range all {
		lines = append(lines, fmt.Sprintf("%s = '%s'", name, strings.ReplaceAll(value, "'", "''")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

// hostBasedAuthentication returns pg_hba.conf. For PostgreSQL, sign-in with a
// token is LDAP, with our stand-in for Microsoft Entra as the directory.
func hostBasedAuthentication(ldapAddr string) (string, error) {
	const passwords = "host all all all scram-sha-256\n"
	if ldapAddr == "" {
		return passwords, nil
	}
	host, port, err := net.SplitHostPort(ldapAddr)
	if err != nil {
		return "", fmt.Errorf("LDAP address: %w", err)
	}
	const members = "+" + EntraRole
	return fmt.Sprintf("hostssl all %s all ldap ldapserver=%s ldapport=%s ldapprefix=\"cn=\" ldapsuffix=\"\"\nhostnossl all %s all reject\n",
		members, host, port, members) + passwords, nil
}

// asPostgres makes cmd run as the user postgres if this process is root.
func asPostgres(cmd *exec.Cmd) error {
	uid, gid, err := postgresUser()
	if err != nil || uid < 0 {
		return err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return nil
}

func ownedByPostgres(paths ...string) error {
	uid, gid, err := postgresUser()
	if err != nil || uid < 0 {
		return err
	}
	for _, path := range paths {
		if err := os.Chown(path, uid, gid); err != nil {
			return fmt.Errorf("give a file to the user postgres: %w", err)
		}
	}
	return nil
}

// postgresUser returns the unprivileged user to run as, or -1 for the current
// user.
func postgresUser() (uid, gid int, err error) {
	if os.Geteuid() != 0 {
		return -1, -1, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return 0, 0, fmt.Errorf("PostgreSQL refuses to run as root: %w", err)
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return 0, 0, fmt.Errorf("user postgres: %w", err)
	}
	if gid, err = strconv.Atoi(u.Gid); err != nil {
		return 0, 0, fmt.Errorf("user postgres: %w", err)
	}
	return uid, gid, nil
}
