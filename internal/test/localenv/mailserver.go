package localenv

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pgvault/pgvault/internal/secret"
)

//go:embed mailserver.py
var mailServerScript string

// mailServerPython has Debian's aiosmtpd.
const mailServerPython = "/usr/bin/python3"

// MailServerOptions are the options of a mail server. CA is required.
type MailServerOptions struct {
	CA *CA
	// ImplicitTLS begins TLS with the connection, and not by STARTTLS.
	ImplicitTLS bool
	// OnlyLogin makes the server offer no other mechanism of sign-in than LOGIN.
	OnlyLogin bool
}

// MailServer is an SMTP server that demands TLS and a sign-in. It refuses
// recipients named refused@ for good, and those named later@ for now.
type MailServer struct {
	// Port is the server's port on localhost.
	Port int

	password secret.String
	options  MailServerOptions
	dir      string
	lease    *lease
	cert     Certificate
	child    *Process
}

// mailUser is the name of every mail server's user.
const mailUser = "pgvault"

// StartMailServer starts a mail server whose user has a password.
func StartMailServer(ctx context.Context, o MailServerOptions, password secret.String) (*MailServer, error) {
	s := &MailServer{options: o, password: password}
	if err := s.start(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start a mail server: %w", err)
	}
	return s, nil
}

func (s *MailServer) start(ctx context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "pgvault-mail-"); err != nil {
		return err
	}
	if s.lease, err = leasePort(0); err != nil {
		return err
	}
	s.Port = s.lease.port
	if s.cert, err = s.options.CA.Server(); err != nil {
		return err
	}
	return s.Resume(ctx)
}

// Resume starts a server that [MailServer.Halt] has ended, on the same port.
func (s *MailServer) Resume(ctx context.Context) (err error) {
	mode := "starttls"
	if s.options.ImplicitTLS {
		mode = "implicit"
	}
	cmd := exec.Command(mailServerPython, "-c", mailServerScript, fmt.Sprint(s.Port), s.cert.CertFile, s.cert.KeyFile, s.dir, mode)
	if s.options.OnlyLogin {
		cmd.Args = append(cmd.Args, "PLAIN")
	}
	cmd.Stdin = strings.NewReader(mailUser + "\n" + s.password.Reveal() + "\n")
	if s.child, err = StartProcess(cmd, filepath.Join(s.dir, "log")); err != nil {
		return err
	}
	return s.child.awaitReady(ctx, dials(s.Port))
}

// Halt ends the server as a power failure does. Its mails stay.
func (s *MailServer) Halt() {
	if s.child != nil {
		s.child.Kill()
	}
}

// Stop ends the server and removes its mails.
func (s *MailServer) Stop() {
	if s.child != nil {
		s.child.Stop(syscall.SIGTERM, 5*time.Second)
	}
	s.lease.release()
	_ = os.RemoveAll(s.dir)
}

// Address returns the address of notifications to recipients of the server, in
// shoutrrr's form.
func (s *MailServer) Address(recipients ...string) secret.String {
	u := url.URL{
		Scheme: "smtp", User: url.UserPassword(mailUser, s.password.Reveal()), Host: fmt.Sprintf("localhost:%d", s.Port), Path: "/",
		RawQuery: url.Values{"from": {"pgvault@example.com"}, "to": {strings.Join(recipients, ",")}}.Encode(),
	}
	if s.options.ImplicitTLS {
		u.RawQuery += "&encryption=ImplicitTLS"
	}
	return secret.New(u.String())
}

// Mails returns the received mails in their order, each after a header
// X-Recipient for each recipient.
func (s *MailServer) Mails() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(s.dir, "*.eml"))
	if err != nil {
		return nil, err
	}
	mails := make([]string, 0, len(files))
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		mails = append(mails, string(content))
	}
	return mails, nil
}

// prepareMailServer finds or installs Debian's aiosmtpd.
func prepareMailServer(ctx context.Context, log io.Writer) error {
	find := func(string) string {
		if exec.CommandContext(ctx, mailServerPython, "-c", "import aiosmtpd.smtp").Run() != nil {
			return ""
		}
		return mailServerPython
	}
	_, err := prepare(ctx, find, func(string) error {
		return aptInstall(ctx, log, "a mail server", "python3-aiosmtpd")
	})
	return err
}
