package events

import (
	"slices"

	"go.temporal.io/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Event is a kind of line in a worker's log.
type Event struct {
	// Name is the line's message. It is public: people search for it.
	Name  string
	Level zapcore.Level
	// Fields are the names of the line's fields, apart from those of every line.
	// A line leaves out those without a value.
	Fields []string
	// Means says in one sentence what has happened.
	Means string
}

// all are the events in the order of their declaration.
var all []Event

func event(name string, level zapcore.Level, means string, fields ...string) Event {
	e := Event{Name: name, Level: level, Fields: fields, Means: means}
	all = append(all, e)
	return e
}

// All returns all events.
func All() []Event { return slices.Clone(all) }

// Named returns the event with a name.
func Named(name string) (Event, bool) {
	i := slices.IndexFunc(all, func(e Event) bool { return e.Name == name })
	if i < 0 {
		return Event{}, false
	}
	return all[i], true
}

// Log writes a line to a logger of zap.
func (e Event) Log(logger *zap.Logger, fields ...zap.Field) { logger.Log(e.Level, e.Name, fields...) }

// Tell writes a line to a logger of a workflow, which writes nothing during a
// replay.
func (e Event) Tell(logger log.Logger, keyvals ...any) {
	switch e.Level {
	case zapcore.ErrorLevel:
		logger.Error(e.Name, keyvals...)
	case zapcore.WarnLevel:
		logger.Warn(e.Name, keyvals...)
	default:
		logger.Info(e.Name, keyvals...)
	}
}
