package documenttest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schemas returns the folder of the schemas.
func Schemas() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "..", "docs", "schemas")
}

// Path returns the file with the schema of a command, such as "policy show".
func Path(command string) string {
	return filepath.Join(Schemas(), strings.ReplaceAll(command, " ", "-")+".schema.json")
}

// Check returns an error if a command line asks for JSON and its standard output is not
// one document that its schema, or for an error alone the schema of errors, describes.
func Check(args []string, stdout string) error {
	if !asksForJSON(args) {
		return nil
	}
	schema := schemaOf(args)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(stdout))
	if err != nil {
		return fmt.Errorf("pgvault %s printed no document: %w\n%s", strings.Join(args, " "), err, stdout)
	}
	if object, ok := value.(map[string]any); ok && len(object) == 1 && object["error"] != nil {
		schema = Path("error")
	}
	if err := Validate(schema, []byte(stdout)); err != nil {
		return fmt.Errorf("pgvault %s: %w\n%s", strings.Join(args, " "), err, stdout)
	}
	return nil
}

// Validate returns an error if a document does not fit the schema in a file.
func Validate(file string, document []byte) error {
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	schema, err := c.Compile(file)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func asksForJSON(args []string) bool {
	i := slices.Index(args, "-o")
	return i >= 0 && i+1 < len(args) && args[i+1] == "json"
}

// schemaOf returns the schema of the command of a command line: the longest name for
// which there is one.
func schemaOf(args []string) string {
	for n := min(2, len(args)); n > 0; n-- {
		path := Path(strings.Join(args[:n], " "))
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return Path("error")
}
