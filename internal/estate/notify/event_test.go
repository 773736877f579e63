package notify_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/internal/secret"
	"github.com/pgvault/pgvault/internal/test/localenv/localenvtest"
)

func TestAnEventIsACloudEvent(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	answer, err := sender(t, "localhost").Send(t.Context(), secret.New(receiver.URL("/hook?code="+canary)+"\n"), stale)
	require.NoError(t, err)
	require.Equal(t, "HTTP 202", answer)
	got := receiver.Received()
	require.Len(t, got, 1)
	require.Equal(t, "POST /hook?code="+canary, got[0].Method+" "+got[0].Path)
	require.Equal(t, "application/cloudevents+json; charset=utf-8", got[0].Header.Get("Content-Type"))
	require.Equal(t, "pgvault/1.2.3", got[0].Header.Get("User-Agent"))
	require.Empty(t, got[0].Header.Get("Webhook-Signature"))
	require.JSONEq(t, `{
		"specversion": "1.0", "id": "shop/orders/stale/7", "source": "https://contosobackups.blob.core.windows.net/postgres",
		"type": "com.github.pgvault.alert.raised", "subject": "shop/orders", "time": "2026-11-28T02:00:00Z", "datacontenttype": "application/json",
		"data": {
			"kind": "stale", "state": "raised", "severity": "critical", "instance": "shop/orders", "summary": "pgvault: stale: shop/orders",
			"message": "the newest good recovery point of instance shop/orders is too old", "remedy": "pgvault backup shop/orders",
			"since": "2026-11-28T01:00:00Z"
		}
	}`, string(got[0].Body))
}

// OpenSSL computes the signature of the received bytes.
func TestTheSignatureOfAnEvent(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	_, err := sender(t, "localhost").Send(t.Context(), withKey(receiver.URL("/"), key), stale)
	require.NoError(t, err)
	got := receiver.Received()[0]
	header := got.Header
	require.Equal(t, "shop/orders/stale/7", header.Get("Webhook-Id"))
	require.Equal(t, fmt.Sprint(now.Unix()), header.Get("Webhook-Timestamp"))

	signed := append([]byte(header.Get("Webhook-Id")+"."+header.Get("Webhook-Timestamp")+"."), got.Body...)
	openssl := exec.CommandContext(t.Context(), "sh", "-c",
		"openssl dgst -sha256 -mac HMAC -macopt hexkey:"+hex.EncodeToString(key)+" -binary | base64 --wrap=0")
	openssl.Stdin = bytes.NewReader(signed)
	sum, err := openssl.Output()
	require.NoError(t, err)
	require.Len(t, sum, 44)
	require.Equal(t, "v1,"+string(sum), header.Get("Webhook-Signature"))
}

// What a stranger has written stays in its field, bounded and printable.
func TestTextsOfStrangersInAnEvent(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	alert := stale
	alert.Message = "a\x1b[31m\u202e\"},\"x\":{\"\xff" + strings.Repeat("€", 4000)
	_, err := sender(t, "localhost").Send(t.Context(), secret.New(receiver.URL("/")), alert)
	require.NoError(t, err)
	var event struct {
		Data struct{ Message string }
	}
	decoder := json.NewDecoder(bytes.NewReader(receiver.Received()[0].Body))
	require.NoError(t, decoder.Decode(&event))
	require.True(t, strings.HasPrefix(event.Data.Message, `a\u001b[31m\u202e"},"x":{"\ufffd€`), event.Data.Message[:60])
	require.LessOrEqual(t, len(event.Data.Message), 4<<10+len("…"))
}

// A card of Teams has its texts in runs, of which Teams renders no Markdown.
func TestACardOfTeams(t *testing.T) {
	t.Parallel()
	receiver := localenvtest.Receiver(t)
	alert := stale
	alert.Message = "**bold** [x](https://evil.example) {{DATE(2017-02-14T06:00:00Z,SHORT)}} <at>all</at>\nsecond\x1b line" + strings.Repeat("\nx", 100)
	answer, err := sender(t, "localhost").Send(t.Context(), secret.New(strings.Replace(receiver.URL("/workflows/1?sig="+canary), "https", "teams+https", 1)), alert)
	require.NoError(t, err)
	require.Equal(t, "HTTP 202", answer)
	got := receiver.Received()[0]
	require.Equal(t, "/workflows/1?sig="+canary, got.Path)
	require.Less(t, len(got.Body), 28<<10)
	var message struct {
		Type        string
		Attachments []struct {
			ContentType string
			Content     struct {
				Type, Version string
				Body          []struct {
					Type    string
					Inlines []struct{ Type, Text string }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(got.Body, &message))
	require.Equal(t, "message", message.Type)
	require.Equal(t, "application/vnd.microsoft.card.adaptive", message.Attachments[0].ContentType)
	card := message.Attachments[0].Content
	require.Equal(t, "AdaptiveCard", card.Type)
	var lines []string
	for _, block := range card.Body {
		require.Equal(t, "RichTextBlock", block.Type)
		require.Equal(t, "TextRun", block.Inlines[0].Type)
		lines = append(lines, block.Inlines[0].Text)
	}
	require.Equal(t, []string{
		"pgvault: stale: shop/orders", "**bold** [x](https://evil.example) {{DATE(2017-02-14T06:00:00Z,SHORT)}} <at>all</at>", `second\u001b line`,
	}, lines[:3])
	require.Equal(t, []string{
		"…", "To mend it:", "pgvault backup shop/orders", "Severity: critical", "Since: 2026-11-28T01:00:00Z",
		"Vault: https://contosobackups.blob.core.windows.net/postgres",
	}, lines[41:])
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	receiver, other := localenvtest.Receiver(t), localenvtest.Receiver(t)
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		receiver.Answer(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL("/"+canary), status) })
		answer, err := sender(t, "localhost").Send(t.Context(), secret.New(receiver.URL("/"+canary)), stale)
		require.Contains(t, failed(t, "UserErrorNotificationRefused", answer, err), fmt.Sprintf("HTTP %d, a redirect", status))
	}
	require.Empty(t, other.Received())
}
