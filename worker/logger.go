package main

import (
	"io"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/pgvault/pgvault/internal/failure/printable"
)

const (
	// Of the entries of one message, each second the first loggedFirst are written,
	// and then each loggedThereafter-th.
	loggedFirst      = 100
	loggedThereafter = 100
)

// newLogger returns a logger that writes JSON without characters on which a
// terminal acts. It adds no stack: the events that need one have it as a field.
func newLogger(to io.Writer) *zap.Logger {
	config := zap.NewProductionEncoderConfig()
	config.TimeKey, config.EncodeTime = "time", encodeTime
	core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.Lock(zapcore.AddSync(printable.Writer(to))), zap.InfoLevel)
	return zap.New(zapcore.NewSamplerWithOptions(core, time.Second, loggedFirst, loggedThereafter))
}

// encodeTime writes times as RFC 3339 has them, in UTC, to the millisecond.
func encodeTime(t time.Time, to zapcore.PrimitiveArrayEncoder) {
	to.AppendString(t.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
}
