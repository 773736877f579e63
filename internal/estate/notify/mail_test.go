package notify_test

import (
	"context"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/jobs"
	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestMail(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]localenv.MailServerOptions{"STARTTLS": {}, "implicit TLS": {ImplicitTLS: true}, "LOGIN": {OnlyLogin: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := localenvtest.MailServer(t, options, secret.New(canary))
			alert := stale
			alert.Message = "first\r\nBcc: evil@example.com\n.\nQUIT\n\x1b[31m" + strings.Repeat("ü", 2000)
			for range 2 {
				answer, err := sender(t, "localhost").Send(t.Context(), server.Address("oncall@example.com", "dba+pg@example.com"), alert)
				require.NoError(t, err)
				require.Equal(t, "SMTP 250", answer)
			}
			mails, err := server.Mails()
			require.NoError(t, err)
			require.Len(t, mails, 2)
			first, second := parsed(t, mails[0]), parsed(t, mails[1])
			require.Equal(t, first.Header.Get("Message-ID"), second.Header.Get("Message-ID"), "an attempt that is repeated can be recognized")
			alert.ID = "shop/orders/stale/8"
			_, err = sender(t, "localhost").Send(t.Context(), server.Address("oncall@example.com"), alert)
			require.NoError(t, err)
			mails, err = server.Mails()
			require.NoError(t, err)
			require.NotEqual(t, first.Header.Get("Message-ID"), parsed(t, mails[2]).Header.Get("Message-ID"))
			require.Equal(t, []string{"oncall@example.com", "dba+pg@example.com"}, first.Header["X-Recipient"])
			for header, want := range map[string]string{
				"From": "<pgvault@example.com>", "To": "<oncall@example.com>, <dba+pg@example.com>", "Date": "Sat, 28 Nov 2026 02:00:00 +0000",
				"Auto-Submitted": "auto-generated", "Bcc": "",
			} {
				require.Equal(t, want, first.Header.Get(header), header)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(first.Header.Get("Subject"))
			require.NoError(t, err)
			require.Equal(t, "pgvault: stale: shop/orders", subject)
			require.NotContains(t, mails[0], canary)
			body, err := io.ReadAll(quotedprintable.NewReader(first.Body))
			require.NoError(t, err)
			text := strings.ReplaceAll(string(body), "\r\n", "\n")
			require.True(t, strings.HasPrefix(text, "first\\u000d\nBcc: evil@example.com\n.\nQUIT\n\\u001b[31müüü"), text)
			require.Contains(t, text, "\n\nTo mend it:\npgvault backup shop/orders\n\nSeverity: critical\nSince: 2026-11-28T01:00:00Z\nVault: https://")
		})
	}
}

func parsed(t *testing.T, content string) *mail.Message {
	t.Helper()
	message, err := mail.ReadMessage(strings.NewReader(content))
	require.NoError(t, err)
	return message
}

func TestMailAboutAResolvedAlertHasNoRemedy(t *testing.T) {
	t.Parallel()
	server := localenvtest.MailServer(t, localenv.MailServerOptions{}, secret.New(canary))
	alert := stale
	alert.State, alert.Instance = jobs.AlertResolved, ""
	_, err := sender(t, "localhost").Send(t.Context(), server.Address("oncall@example.com"), alert)
	require.NoError(t, err)
	mails, err := server.Mails()
	require.NoError(t, err)
	require.Equal(t, "pgvault: stale: the vault (resolved)", parsed(t, mails[0]).Header.Get("Subject"))
	require.NotContains(t, mails[0], "To mend it")
}

// Recipients that are refused for good do not keep the mail from the others. One
// that is refused for now keeps it from all, so that nobody gets it twice.
func TestRecipientsThatAreRefused(t *testing.T) {
	t.Parallel()
	server := localenvtest.MailServer(t, localenv.MailServerOptions{}, secret.New(canary))
	s := sender(t, "localhost")
	answer, err := s.Send(t.Context(), server.Address("refused@example.com"), stale)
	require.Contains(t, failed(t, failure.NotificationRefused, answer, err), "SMTP 550")
	answer, err = s.Send(t.Context(), server.Address("oncall@example.com", "later@example.com"), stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "SMTP 451")
	mails, err := server.Mails()
	require.NoError(t, err)
	require.Empty(t, mails)
	answer, err = s.Send(t.Context(), server.Address("refused@example.com", "oncall@example.com"), stale)
	require.Contains(t, failed(t, failure.NotificationRefused, answer, err), "SMTP 550 for 1 of 2 recipients")
	mails, err = server.Mails()
	require.NoError(t, err)
	require.Len(t, mails, 1)
	require.Equal(t, []string{"oncall@example.com"}, parsed(t, mails[0]).Header["X-Recipient"])
}

func TestMailServersThatDoNotTakeTheMail(t *testing.T) {
	t.Parallel()
	s := sender(t, "localhost")
	server := localenvtest.MailServer(t, localenv.MailServerOptions{}, secret.New(canary))
	address := server.Address("oncall@example.com")
	wrong := secret.New(strings.Replace(address.Reveal(), canary, canary+"2", 1))
	answer, err := s.Send(t.Context(), wrong, stale)
	require.Contains(t, failed(t, failure.NotificationRefused, answer, err), "SMTP 535")

	implicit := secret.New(address.Reveal() + "&encryption=ImplicitTLS")
	answer, err = s.Send(t.Context(), implicit, stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "does not speak TLS")

	server.Halt()
	answer, err = s.Send(t.Context(), address, stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "it refuses connections")
	require.NoError(t, server.Resume(t.Context()))
	_, err = s.Send(t.Context(), address, stale)
	require.NoError(t, err)
}

// A server that accepts a connection and says nothing ends the attempt at its
// limit.
func TestAMailServerThatHangs(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		if conn, err := l.Accept(); err == nil {
			t.Cleanup(func() { _ = conn.Close() })
			cancel()
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	address := secret.New("smtp://u:" + canary + "@localhost:" + port + "/?from=a@example.com&to=b@example.com")
	answer, err := sender(t, "localhost").Send(ctx, address, stale)
	require.Contains(t, failed(t, failure.ReceiverUnavailable, answer, err), "does not answer in time")
}
