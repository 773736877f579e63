package notify

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strconv"
	"strings"
	"time"

	"github.com/nicholas-fedor/shoutrrr/pkg/services/email/smtp"

	"github.com/pgvault/pgvault/internal/jobs"
)

// mailbox is what a mail needs of an address.
type mailbox struct {
	*smtp.Config
	from mail.Address
	to   []mail.Address
}

// parseMailbox parses an address in shoutrrr's form. It accepts none that could
// send in plain text.
func parseMailbox(to address) (mailbox, error) {
	config := &smtp.Config{
		Port: smtp.DefaultSMTPPort, Auth: smtp.AuthTypes.Unknown, Encryption: smtp.EncMethods.Auto, UseStartTLS: true, ClientHost: "localhost",
	}
	if config.SetURL(to.url) != nil {
		return mailbox{}, badAddress("it is not smtp://USER:PASSWORD@HOST:PORT/?from=ADDRESS&to=ADDRESS,ADDRESS")
	}
	config.FixEmailTags()
	box := mailbox{Config: config}
	if config.SkipTLSVerify || config.Encryption == smtp.EncMethods.None || !config.UseStartTLS && !box.implicitTLS() {
		return mailbox{}, badAddress("it turns TLS off")
	}
	if config.Auth == smtp.AuthTypes.CRAMMD5 || config.Auth == smtp.AuthTypes.OAuth2 {
		return mailbox{}, badAddress("it wants another sign-in than by user and password over TLS")
	}
	for _, text := range append([]string{config.FromAddress}, config.ToAddresses...) {
		parsed, err := mail.ParseAddress(text)
		if err != nil {
			return mailbox{}, badAddress("it has an invalid mail address")
		}
		box.to = append(box.to, *parsed)
	}
	box.from, box.to = box.to[0], box.to[1:]
	if config.FromName != "" {
		box.from.Name = config.FromName
	}
	return box, nil
}

// implicitTLS reports whether TLS begins with the connection, and not by STARTTLS.
func (b mailbox) implicitTLS() bool {
	return b.Encryption == smtp.EncMethods.ImplicitTLS || b.Encryption == smtp.EncMethods.Auto && b.Port == smtp.ImplicitTLSPort
}

func (b mailbox) tls() *tls.Config {
	return &tls.Config{ServerName: b.Host, MinVersion: tls.VersionTLS12}
}

// sendMail sends a mail. shoutrrr would send it without an ID, and would wait
// forever for a server that does not answer.
func (s Sender) sendMail(ctx context.Context, to address, a jobs.Alert) (string, error) {
	box, err := parseMailbox(to)
	if err != nil {
		return "", err
	}
	if err := s.Trust.Notify(box.Host); err != nil {
		return "", err
	}
	content, err := s.mail(box, a)
	if err != nil {
		return "", err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(box.Host, strconv.Itoa(int(box.Port))))
	if err != nil {
		return "", unreachable(ctx, err)
	}
	defer conn.Close()
	// The end of the context ends every read and write.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	return post(ctx, conn, box, content)
}

// mail returns the message with its headers.
func (s Sender) mail(box mailbox, a jobs.Alert) ([]byte, error) {
	recipients := make([]string, len(box.to))
	for i := range box.to {
		recipients[i] = box.to[i].String()
	}
	_, domain, _ := strings.Cut(box.from.Address, "@")
	sum := sha256.Sum256([]byte(s.Source + "\n" + a.ID))
	var b bytes.Buffer
	for _, header := range [][2]string{
		{"From", box.from.String()},
		{"To", strings.Join(recipients, ",\r\n ")},
		{"Subject", mime.QEncoding.Encode("utf-8", subject(a))},
		{"Date", s.Now().Format(time.RFC1123Z)},
		{"Message-ID", "<pgvault." + hex.EncodeToString(sum[:16]) + "@" + domain + ">"},
		{"Auto-Submitted", "auto-generated"},
		{"MIME-Version", "1.0"},
		{"Content-Type", `text/plain; charset="utf-8"`},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", header[0], header[1])
	}
	b.WriteString("\r\n")
	body := quotedprintable.NewWriter(&b)
	if _, err := body.Write([]byte(strings.ReplaceAll(s.text(a), "\n", "\r\n"))); err != nil {
		return nil, fmt.Errorf("encode the mail: %w", err)
	}
	if err := body.Close(); err != nil {
		return nil, fmt.Errorf("encode the mail: %w", err)
	}
	return b.Bytes(), nil
}
