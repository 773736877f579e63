package workflows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"go.temporal.io/sdk/converter"

	"github.com/pgvault/pgvault/internal/failure"
	"github.com/pgvault/pgvault/internal/instance"
)

// decodeInput reads a job's input strictly. The SDK's own decoding would pass
// over a misspelt field, and a typo in "retentionRule" would quietly change
// what is kept.
func decodeInput[T any](raw converter.RawValue) (T, error) {
	var input T
	if raw.Payload() == nil {
		return input, badInput[T]("there is no input")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw.Payload().GetData()))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&input); err != nil {
		return input, badInput[T](explain(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return input, badInput[T]("there is more than one JSON value")
	}
	return input, nil
}

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

func badInput[T any](what string) error {
	return failure.New(failure.InvalidInput,
		"give one JSON object with the fields "+strings.Join(fieldNames[T](), ", "),
		"the job's input: %s", what)
}

func fieldNames[T any]() []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func needField(name, value string) error {
	if value != "" {
		return nil
	}
	return failure.New(failure.InvalidInput, "name it in the input", "the job's input: field %q is empty", name)
}

// needInstance checks the name of an instance, which becomes part of blobs' names.
func needInstance(name string) error {
	if err := needField("instance", name); err != nil {
		return err
	}
	if err := instance.CheckName(name); err != nil {
		return failure.New(failure.InvalidInput, "give a name as `pgvault points` prints it", "the job's input: instance: %s", err)
	}
	return nil
}
