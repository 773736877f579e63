package jobs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// Input is the input of a workflow.
type Input interface {
	// Check returns a [failure.InvalidInput] that names the first invalid
	// field.
	Check() error
}

// Decode decodes a job's input, one JSON object, and checks it. Unknown fields
// are errors: the SDK's own decoding ignores them, and a typo in
// "retentionRule" would change the retention.
func Decode[T Input](data []byte) (T, error) {
	var input T
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&input); err != nil {
		return input, badInput[T](explain(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return input, badInput[T]("there is more than one JSON value")
	}
	return input, input.Check()
}

// NoInput returns the error for a job that was started without an input.
func NoInput[T Input]() error { return badInput[T]("there is no input") }

func explain(err error) string {
	if errors.Is(err, io.EOF) {
		return "it is empty"
	}
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) && mistyped.Field != "" {
		return fmt.Sprintf("field %q cannot be a JSON %s", mistyped.Field, mistyped.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

func badInput[T any](problem string) error {
	return failure.New(failure.InvalidInput,
		"give one JSON object with the fields "+strings.Join(fieldNames[T](), ", "),
		"the job's input: %s", problem)
}

func fieldNames[T any]() []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func checkPresent(field, value string) error {
	if value != "" {
		return nil
	}
	return failure.New(failure.InvalidInput, "name it in the input", "the job's input: field %q is empty", field)
}

// CheckInstance returns a [failure.InvalidInput] if name is not a valid
// instance name. The name becomes a part of blob names.
func CheckInstance(name string) error {
	if err := checkPresent("instance", name); err != nil {
		return err
	}
	if err := instance.CheckName(name); err != nil {
		return failure.New(failure.InvalidInput, "give a name as `pgvault points` prints it", "the job's input: instance: %s", err)
	}
	return nil
}
