package document

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Document is what a command prints as JSON.
type Document interface {
	// Fail adds the error with which the command ends.
	Fail(e Error)
}

// Outcome is a part of every document. It is the whole document of a command that fails
// before it has a result.
type Outcome struct {
	// Error is why the command failed. It is absent if the command did not fail, and if
	// the result itself says what is wrong.
	Error *Error `json:"error,omitempty"`
}

// Fail implements [Document].
func (o *Outcome) Fail(e Error) { o.Error = &e }

// Encode returns a document as JSON: times in UTC, and an empty list for each list
// without elements.
func Encode(d Document) ([]byte, error) {
	normalize(reflect.ValueOf(d).Elem())
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(d); err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	return text.Bytes(), nil
}

// normalize changes the times and the lists of a value, and of all that it contains.
func normalize(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			normalize(v.Elem())
		}
	case reflect.Slice:
		if v.IsNil() {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		}
		for i := range v.Len() {
			normalize(v.Index(i))
		}
	case reflect.Map:
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		normalizeMap(v)
	case reflect.Struct:
		if at, ok := v.Interface().(time.Time); ok {
			v.Set(reflect.ValueOf(at.UTC()))
			return
		}
		for i := range v.NumField() {
			normalize(v.Field(i))
		}
	}
}

// normalizeMap changes the values of a map, which cannot be changed in place.
func normalizeMap(v reflect.Value) {
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		normalize(value)
		v.SetMapIndex(key, value)
	}
}

// each returns the documents of a list.
func each[T, D any](all []T, of func(T) D) []D {
	documents := make([]D, len(all))
	for i := range all {
		documents[i] = of(all[i])
	}
	return documents
}

// maybe returns the document of a value, or nil.
func maybe[T, D any](value *T, of func(T) D) *D {
	if value == nil {
		return nil
	}
	d := of(*value)
	return &d
}
