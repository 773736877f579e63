package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
)

// post sends a mail over a connection, in one transaction for all recipients. If
// some are refused for good, the others get it, and the error prevents another
// attempt.
func post(ctx context.Context, conn net.Conn, box mailbox, content []byte) (string, error) {
	client, err := greet(conn, box)
	if err != nil {
		return "", answered(ctx, err)
	}
	if err := client.Mail(box.from.Address); err != nil {
		return "", answered(ctx, err)
	}
	refused, err := recipients(client, box)
	if err != nil {
		return "", answered(ctx, err)
	}
	if len(refused) == len(box.to) {
		return "", answered(ctx, refused[0])
	}
	data, err := client.Data()
	if err != nil {
		return "", answered(ctx, err)
	}
	if _, err = data.Write(content); err == nil {
		err = data.Close()
	}
	if err != nil {
		return "", answered(ctx, err)
	}
	_ = client.Quit() // the server has the mail
	if len(refused) > 0 {
		return "", refusedBy(fmt.Sprintf("SMTP %d for %d of %d recipients; the others have the mail", codeOf(refused[0]), len(refused), len(box.to)),
			"correct the recipients in the secret")
	}
	return "SMTP 250", nil
}

// greet begins a session with TLS, and signs in if the address says so.
func greet(conn net.Conn, box mailbox) (*smtp.Client, error) {
	if box.implicitTLS() {
		conn = tls.Client(conn, box.tls())
	}
	client, err := smtp.NewClient(conn, box.Host)
	if err != nil {
		return nil, err
	}
	if err := client.Hello(box.ClientHost); err != nil {
		return nil, err
	}
	if !box.implicitTLS() {
		if err := client.StartTLS(box.tls()); err != nil {
			return nil, fmt.Errorf("begin TLS: %w", err)
		}
	}
	return client, signIn(client, box)
}

// signIn signs in by PLAIN, or by LOGIN at servers that offer nothing else, as some
// of Microsoft's.
func signIn(client *smtp.Client, box mailbox) error {
	if box.Username == "" {
		return nil
	}
	_, offered := client.Extension("AUTH")
	mechanisms := strings.Fields(offered)
	if slices.Contains(mechanisms, "LOGIN") && !slices.Contains(mechanisms, "PLAIN") {
		return client.Auth(&login{answers: []string{box.Username, box.Password}})
	}
	return client.Auth(smtp.PlainAuth("", box.Username, box.Password, box.Host))
}

// login is the mechanism LOGIN: the server asks for the user and then for the
// password.
type login struct{ answers []string }

func (l *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, errors.New("the connection has no TLS")
	}
	return "LOGIN", nil, nil
}

func (l *login) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	if len(l.answers) == 0 {
		return nil, errors.New("the server asks for more than user and password")
	}
	answer := l.answers[0]
	l.answers = l.answers[1:]
	return []byte(answer), nil
}

// recipients names the recipients. It returns the permanent refusals, and the first
// other error.
func recipients(client *smtp.Client, box mailbox) (refused []error, err error) {
	for _, to := range box.to {
		err := client.Rcpt(to.Address)
		if codeOf(err) >= 500 {
			refused = append(refused, err)
		} else if err != nil {
			return nil, err
		}
	}
	return refused, nil
}

// codeOf returns the code of a server's answer, or 0.
func codeOf(err error) int {
	var said *textproto.Error
	if errors.As(err, &said) {
		return said.Code
	}
	return 0
}

// answered returns the failure of a session. 4xx is temporary in SMTP.
func answered(ctx context.Context, err error) error {
	code := codeOf(err)
	switch {
	case code == 0:
		return unreachable(ctx, err)
	case code < 500:
		return failure.New(failure.ReceiverUnavailable, "", "the receiver answers SMTP %d", code)
	}
	return refusedBy("SMTP "+strconv.Itoa(code), "correct the sign-in, the sender and the recipients in the address in the secret")
}
