package document_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pgvault/pgvault/starter/cli/document"
	"github.com/pgvault/pgvault/starter/cli/document/documenttest"
)

var update = flag.Bool("update", false, "write the schemas anew")

// commands has the type of each command's document.
var commands = map[string]reflect.Type{
	"apply": reflect.TypeFor[document.Applied](), "validate": reflect.TypeFor[document.Validations](), "grants": reflect.TypeFor[document.Grants](),
	"backup": reflect.TypeFor[document.JobOf[document.Backup]](), "restore": reflect.TypeFor[document.JobOf[document.Restore]](),
	"drill": reflect.TypeFor[document.JobOf[document.Drill]](), "verify": reflect.TypeFor[document.JobOf[document.Readings]](),
	"scrub": reflect.TypeFor[document.JobOf[document.Scrub]](), "sweep": reflect.TypeFor[document.JobOf[document.Sweep]](),
	"delete": reflect.TypeFor[document.JobOf[document.Deletion]](), "undelete": reflect.TypeFor[document.JobOf[document.Undeletion]](),
	"stop": reflect.TypeFor[document.JobOf[document.Protection]](), "resume": reflect.TypeFor[document.JobOf[document.Protection]](),
	"rerun":       reflect.TypeFor[document.Rerun](),
	"policy show": reflect.TypeFor[document.PolicyShown](), "policy import": reflect.TypeFor[document.PolicyImported](),
	"policy simulate": reflect.TypeFor[document.Simulation](), "policy reapply": reflect.TypeFor[document.JobOf[document.Reapply]](),
	"trust init": reflect.TypeFor[document.TrustFile](), "trust check": reflect.TypeFor[document.TrustChecked](), "trust keys": reflect.TypeFor[document.TrustKeys](),
	"notify test": reflect.TypeFor[document.NotifyTests](),
	"proof list":  reflect.TypeFor[document.Proofs](), "proof show": reflect.TypeFor[document.ProofRecord](),
	"proof verify": reflect.TypeFor[document.ChainsVerified](), "proof report": reflect.TypeFor[document.Report](),
	"status": reflect.TypeFor[document.Status](), "points": reflect.TypeFor[document.Points](), "contents": reflect.TypeFor[document.Contents](),
	"jobs": reflect.TypeFor[document.Jobs](), "jobs show": reflect.TypeFor[document.Timeline](), "replay": reflect.TypeFor[document.Replayed](),
	"version": reflect.TypeFor[document.Version](), "error": reflect.TypeFor[document.Outcome](),
}

// TestSchemas compares docs/schemas with the schemas of the types.
func TestSchemas(t *testing.T) {
	t.Parallel()
	source := readSource(t)
	for command, typ := range commands {
		got := source.schema(command, typ)
		file := documenttest.Path(command)
		if *update {
			require.NoError(t, os.WriteFile(file, got, 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "write the schemas anew: go test ./starter/cli/document -run TestSchemas -update")
	}
	files, err := filepath.Glob(filepath.Join(documenttest.Schemas(), "*"))
	require.NoError(t, err)
	require.Len(t, files, len(commands), "each file belongs to a command")
}

type object = map[string]any

// source is what the schemas need of the package's source: comments and constants.
type source struct {
	// comments are those of types and of fields, as "Point" and "Point.Taken".
	comments map[string]string
	// values are the constants of each type.
	values map[string][]any
}

func readSource(t *testing.T) source {
	t.Helper()
	s := source{comments: map[string]string{}, values: map[string][]any{}}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range file.Decls {
			if d, ok := d.(*ast.GenDecl); ok {
				s.read(t, d)
			}
		}
	}
	return s
}

func (s source) read(t *testing.T, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			s.comments[spec.Name.Name] = text(d.Doc)
			if fields, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range fields.Fields.List {
					for _, name := range f.Names {
						s.comments[spec.Name.Name+"."+name.Name] = text(f.Doc)
					}
				}
			}
		case *ast.ValueSpec:
			typ, ok := spec.Type.(*ast.Ident)
			if d.Tok != token.CONST || !ok {
				continue
			}
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			s.values[typ.Name] = append(s.values[typ.Name], value)
		}
	}
}

func text(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }

// schema returns the schema of a command's document.
func (s source) schema(command string, typ reflect.Type) []byte {
	defs := object{}
	root := s.fields(typ, defs)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "pgvault " + command + " -o json"
	root["description"] = s.comments[nameOf(typ)]
	if command == "error" {
		root["title"], root["required"] = "an error of any command with -o json", []string{"error"}
	}
	root["$defs"] = defs
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		panic(err)
	}
	return text.Bytes()
}

// nameOf returns the name of a type without its arguments.
func nameOf(typ reflect.Type) string {
	name, _, _ := strings.Cut(typ.Name(), "[")
	return name
}

// fields returns the schema of a struct.
func (s source) fields(typ reflect.Type, defs object) object {
	properties, required := object{}, []string{}
	s.add(typ, defs, properties, &required)
	return object{"type": "object", "additionalProperties": false, "properties": properties, "required": required}
}

func (s source) add(typ reflect.Type, defs, properties object, required *[]string) {
	for i := range typ.NumField() {
		f := typ.Field(i)
		if f.Anonymous {
			s.add(f.Type, defs, properties, required)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		value := s.of(f.Type, defs)
		if comment := s.comments[nameOf(typ)+"."+f.Name]; comment != "" {
			if rest, ok := strings.CutPrefix(comment, f.Name+" "); ok {
				comment = name + " " + rest
			}
			value["description"] = comment
		}
		properties[name] = value
		if options == "" {
			*required = append(*required, name)
		}
	}
}

// of returns the schema of a type.
func (s source) of(typ reflect.Type, defs object) object {
	switch typ.Kind() {
	case reflect.Pointer:
		return s.of(typ.Elem(), defs)
	case reflect.Slice:
		return object{"type": "array", "items": s.of(typ.Elem(), defs)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(typ.Elem(), defs)}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int32, reflect.Int64:
		return object{"type": "integer", "minimum": 0}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.String:
		if typ.PkgPath() == "" {
			return object{"type": "string"}
		}
		return s.define(typ, defs, func() object { return object{"type": "string", "enum": s.values[typ.Name()]} })
	case reflect.Struct:
		if typ == reflect.TypeFor[time.Time]() {
			return object{"type": "string", "format": "date-time", "pattern": "Z$"}
		}
		return s.define(typ, defs, func() object { return s.fields(typ, defs) })
	}
	panic(typ.String() + " has no schema")
}

// define adds a named type to the definitions, and returns a reference to it.
func (s source) define(typ reflect.Type, defs object, of func() object) object {
	name := nameOf(typ)
	if defs[name] == nil {
		defs[name] = object{}
		schema := of()
		if schema["description"] == nil && s.comments[name] != "" {
			schema["description"] = s.comments[name]
		}
		defs[name] = schema
	}
	return object{"$ref": "#/$defs/" + name}
}
