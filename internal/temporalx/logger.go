package temporalx

import (
	"fmt"

	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
)

// zapLogger is a Temporal logger that writes to zap.
type zapLogger struct {
	zap *zap.Logger
}

var (
	_ log.Logger          = (*zapLogger)(nil)
	_ log.WithLogger      = (*zapLogger)(nil)
	_ log.WithSkipCallers = (*zapLogger)(nil)
)

// NewLogger returns a Temporal logger that writes to a zap logger.
func NewLogger(logger *zap.Logger) log.Logger {
	return &zapLogger{zap: logger.WithOptions(zap.AddCallerSkip(1))}
}

func (l *zapLogger) Debug(msg string, keyvals ...any) { l.zap.Debug(msg, fields(keyvals)...) }
func (l *zapLogger) Info(msg string, keyvals ...any)  { l.zap.Info(msg, fields(keyvals)...) }
func (l *zapLogger) Warn(msg string, keyvals ...any)  { l.zap.Warn(msg, fields(keyvals)...) }
func (l *zapLogger) Error(msg string, keyvals ...any) { l.zap.Error(msg, fields(keyvals)...) }

func (l *zapLogger) With(keyvals ...any) log.Logger {
	return &zapLogger{zap: l.zap.With(fields(keyvals)...)}
}

func (l *zapLogger) WithCallerSkip(depth int) log.Logger {
	return &zapLogger{zap: l.zap.WithOptions(zap.AddCallerSkip(depth))}
}

func fields(keyvals []any) []zap.Field {
	out := make([]zap.Field, 0, len(keyvals)/2+1)
	for i := 0; i+1 < len(keyvals); i += 2 {
		out = append(out, zap.Any(fmt.Sprint(keyvals[i]), keyvals[i+1]))
	}
	if len(keyvals)%2 == 1 {
		out = append(out, zap.Any("extra", keyvals[len(keyvals)-1]))
	}
	return out
}
