package temporalx

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/pgvault/pgvault/internal/temporalx/events"
)

// sdkLogger is the name of the logger of the SDK's own lines.
const sdkLogger = "temporal"

// zapLogger is a Temporal logger that writes to zap.
type zapLogger struct {
	zap *zap.Logger
	// with are the fields of each line.
	with []zap.Field
}

var (
	_ log.Logger          = (*zapLogger)(nil)
	_ log.WithLogger      = (*zapLogger)(nil)
	_ log.WithSkipCallers = (*zapLogger)(nil)
)

// NewLogger returns a Temporal logger that writes to a zap logger. It leaves out
// lines of the SDK about the end of an activity, of which the boundary writes one.
func NewLogger(logger *zap.Logger) log.Logger {
	return &zapLogger{zap: logger.WithOptions(zap.AddCallerSkip(2))}
}

// saidByBoundary are the SDK's lines about the end of an activity. The second one
// would contain its result.
var saidByBoundary = map[string]bool{"Activity error.": true, "Activity complete after timeout.": true}

// ofProcess are fields of the SDK that are the same in each line of a process.
var ofProcess = []string{"namespace", "queue", "workerID"}

func (l *zapLogger) write(level zapcore.Level, msg string, keyvals []any) {
	if saidByBoundary[msg] {
		return
	}
	if _, own := events.Named(msg); own {
		with := slices.DeleteFunc(slices.Clone(l.with), func(f zap.Field) bool { return slices.Contains(ofProcess, f.Key) })
		l.zap.Log(level, msg, append(with, fields(keyvals)...)...)
		return
	}
	l.zap.Named(sdkLogger).Log(level, msg, append(slices.Clone(l.with), fields(keyvals)...)...)
}

func (l *zapLogger) Debug(msg string, keyvals ...any) { l.write(zap.DebugLevel, msg, keyvals) }
func (l *zapLogger) Info(msg string, keyvals ...any)  { l.write(zap.InfoLevel, msg, keyvals) }
func (l *zapLogger) Warn(msg string, keyvals ...any)  { l.write(zap.WarnLevel, msg, keyvals) }
func (l *zapLogger) Error(msg string, keyvals ...any) { l.write(zap.ErrorLevel, msg, keyvals) }

func (l *zapLogger) With(keyvals ...any) log.Logger {
	return &zapLogger{zap: l.zap, with: append(slices.Clone(l.with), fields(keyvals)...)}
}

func (l *zapLogger) WithCallerSkip(depth int) log.Logger {
	return &zapLogger{zap: l.zap.WithOptions(zap.AddCallerSkip(depth)), with: l.with}
}

func fields(keyvals []any) []zap.Field {
	out := make([]zap.Field, 0, len(keyvals)/2+1)
	for i := 0; i+1 < len(keyvals); i += 2 {
		out = append(out, zap.Any(fieldName(fmt.Sprint(keyvals[i])), keyvals[i+1]))
	}
	if len(keyvals)%2 == 1 {
		out = append(out, zap.Any("extra", keyvals[len(keyvals)-1]))
	}
	return out
}

// ours are the names of the SDK's fields that pgvault's own lines have too.
var ours = map[string]string{
	"WorkflowID": "workflow", "WorkflowType": "type", "RunID": "run", "ActivityType": "step", "ActivityID": "activity", "TaskQueue": "queue",
	"PanicError": "error", "PanicStack": "stack", "StackTrace": "stack",
}

// fieldName returns the name of a field of the SDK in the style of pgvault's own.
func fieldName(key string) string {
	if name, ok := ours[key]; ok {
		return name
	}
	first, size := utf8.DecodeRuneInString(key)
	if strings.ToUpper(key) == key {
		return key
	}
	return string(unicode.ToLower(first)) + key[size:]
}
