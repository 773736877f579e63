package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/pgvault/pgvault/internal/temporalx"
)

// recordHistory writes a workflow's history to PGVAULT_RECORD, if that is set.
func (w *world) recordHistory(t *testing.T, id, name string) {
	t.Helper()
	dir := os.Getenv("PGVAULT_RECORD")
	if dir == "" {
		return
	}
	history := &historypb.History{Events: w.history(t, id)}
	anonymous(t, w, history)
	f, err := os.Create(filepath.Join(dir, name+".json"))
	require.NoError(t, err)
	require.NoError(t, temporalx.WriteHistory(f, history))
	require.NoError(t, f.Close())
}

// anonymous removes from a history the name of the recording machine, which is
// in the identities of processes and the names of their task queues. It fails
// on the name of a folder.
func anonymous(t *testing.T, w *world, history *historypb.History) {
	t.Helper()
	host, err := os.Hostname()
	require.NoError(t, err)
	identity := regexp.MustCompile(`[0-9]+@` + regexp.QuoteMeta(host) + `(@[^"\s]*)?`)
	sticky := regexp.MustCompile(`\b` + regexp.QuoteMeta(host) + `:`)
	rewrite(history.ProtoReflect(), func(text []byte) []byte {
		return sticky.ReplaceAll(identity.ReplaceAll(text, []byte("worker@example")), []byte("worker:"))
	})
	content, err := proto.Marshal(history)
	require.NoError(t, err)
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	for _, place := range []string{"@" + host, host + ":", root, w.dir, bin, os.TempDir() + "/"} {
		require.False(t, bytes.Contains(content, []byte(place)), "%s stands in the history", place)
	}
}

// rewrite rewrites every text in a message, including payloads, and drops stack
// traces.
func rewrite(m protoreflect.Message, clean func([]byte) []byte) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Name() == "stack_trace":
			m.Clear(field)
		case field.IsMap():
			value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool {
				if inner, ok := v.Interface().(protoreflect.Message); ok {
					rewrite(inner, clean)
				}
				return true
			})
		case field.IsList():
			for n := range value.List().Len() {
				if inner, ok := value.List().Get(n).Interface().(protoreflect.Message); ok {
					rewrite(inner, clean)
				}
			}
		case field.Kind() == protoreflect.MessageKind:
			rewrite(value.Message(), clean)
		case field.Kind() == protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString(string(clean([]byte(value.String())))))
		case field.Kind() == protoreflect.BytesKind:
			m.Set(field, protoreflect.ValueOfBytes(clean(value.Bytes())))
		}
		return true
	})
}
