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
// terminal acts.
func newLogger(to io.Writer) *zap.Logger {
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	core := zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(printable.Writer(to))), zap.InfoLevel)
	core = zapcore.NewSamplerWithOptions(core, time.Second, loggedFirst, loggedThereafter)
	return zap.New(core, zap.AddCaller(), zap.AddStacktrace(zap.ErrorLevel))
}
