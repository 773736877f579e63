package document_test

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/starter/cli/document"
)

// TestFieldsAreNamedAlike checks the rules that docs/JSON.md promises for each field.
func TestFieldsAreNamedAlike(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	for _, typ := range commands {
		checkShape(t, typ, seen)
	}
	require.Greater(t, len(seen), 60)
}

// camelCase is a name like runID or dumpBytes; abbreviations keep their capitals.
var camelCase = regexp.MustCompile(`^[a-z][a-zA-Z0-9]*$`)

func checkShape(t *testing.T, typ reflect.Type, seen map[reflect.Type]bool) {
	t.Helper()
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		checkShape(t, typ.Elem(), seen)
		return
	}
	if typ.Kind() != reflect.Struct || typ == reflect.TypeFor[time.Time]() || seen[typ] {
		return
	}
	seen[typ] = true
	require.Equal(t, reflect.TypeFor[document.Status]().PkgPath(), typ.PkgPath(), "%s is a type of another package", typ)
	for i := range typ.NumField() {
		f := typ.Field(i)
		checkShape(t, f.Type, seen)
		if f.Anonymous {
			continue
		}
		what := typ.Name() + "." + f.Name
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		require.Regexp(t, camelCase, name, what)
		require.NotRegexp(t, `Id($|[A-Z])|Url($|[A-Z])|Sha256`, name, what)
		require.NotEqual(t, reflect.TypeFor[time.Duration](), f.Type, what)
		require.NotEqual(t, reflect.Interface, f.Type.Kind(), what)
		switch f.Type.Kind() {
		case reflect.Slice, reflect.Map:
			require.Empty(t, options, "%s: a list is always there", what)
		case reflect.Float64:
			require.Regexp(t, `Seconds$`, name, what)
		case reflect.Struct:
			if f.Type == reflect.TypeFor[time.Time]() {
				require.NotEqual(t, "omitempty", options, "%s: omitempty does not leave out a time", what)
			}
		}
		if strings.HasSuffix(name, "Bytes") {
			require.Equal(t, reflect.Int64, f.Type.Kind(), what)
		}
		require.NotEqual(t, "bytes", name, what)
	}
}

// TestEnumerationsAreLowerCase checks the values of the enumerations.
func TestEnumerationsAreLowerCase(t *testing.T) {
	t.Parallel()
	values := readSource(t).values
	require.Greater(t, len(values), 25)
	for typ, all := range values {
		for _, v := range all {
			require.Regexp(t, `^[a-z]+(-[a-z]+)*$`, v, typ)
		}
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	d := &document.Rerun{Backup: &document.Backup{Expires: time.Date(2026, 11, 28, 1, 0, 0, 0, berlin)}}
	text, err := document.Encode(d)
	require.NoError(t, err)
	require.Contains(t, string(text), `"expires": "2026-11-28T00:00:00Z"`)
	require.Contains(t, string(text), `"kept": []`)
	require.NotContains(t, string(text), "null")
	require.NotContains(t, string(text), `"error"`)
}
