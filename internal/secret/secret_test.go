package secret_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/pgvault/pgvault/internal/secret"
)

const canary = "c4n4ry-of-the-secret-test"

type holder struct {
	Name     string
	Password secret.String
}

func TestStringNeverPrints(t *testing.T) {
	t.Parallel()
	s := secret.New(canary)
	h := holder{Name: "x", Password: s}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{s, &s, h, &h, []secret.String{s}, map[string]secret.String{"k": s}} {
			require.NotContains(t, fmt.Sprintf(verb, value), canary, "verb %s of %T", verb, value)
			require.NotContains(t, fmt.Sprintf(verb, value), fmt.Sprintf("%x", canary), "verb %s of %T", verb, value)
		}
	}
}

func TestStringNeverMarshals(t *testing.T) {
	t.Parallel()
	h := holder{Password: secret.New(canary)}
	_, err := json.Marshal(h)
	require.ErrorIs(t, err, secret.ErrMarshal)
	require.Error(t, gob.NewEncoder(&bytes.Buffer{}).Encode(h))
}

func TestStringNeverLogs(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	core := zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&out), zap.DebugLevel)
	h := holder{Password: secret.New(canary)}
	zap.New(core).Info("m", zap.Any("holder", h), zap.Any("secret", h.Password), zap.Stringer("s", h.Password))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "holder", h, "secret", h.Password)
	require.NotEmpty(t, out.String())
	require.NotContains(t, out.String(), canary)
}

func TestReveal(t *testing.T) {
	t.Parallel()
	require.Equal(t, canary, secret.New(canary).Reveal())
	require.True(t, secret.String{}.IsZero())
	require.True(t, secret.New("").IsZero())
	require.True(t, secret.New(canary).Equal(secret.New(canary)))
	require.False(t, secret.New(canary).Equal(secret.New("other")))
}
