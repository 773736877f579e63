package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// fieldsThatDiffer returns the fields in which two values differ, as they are
// named in pgvault.yaml, like dump.connections. It compares the values' JSON, and
// lists as a whole.
func fieldsThatDiffer(before, after any) ([]string, error) {
	old, err := fieldsOf(before)
	if err != nil {
		return nil, err
	}
	wanted, err := fieldsOf(after)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(old)) {
		if text, ok := wanted[name]; !ok || !bytes.Equal(text, old[name]) {
			names = append(names, name)
		}
	}
	for name := range wanted {
		if _, ok := old[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// fieldsOf returns the JSON of each field that is no object, by its path.
func fieldsOf(value any) (map[string][]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	fields := map[string][]byte{}
	for name, value := range object {
		if len(value) == 0 || value[0] != '{' {
			fields[name] = value
			continue
		}
		inner, err := fieldsOf(value)
		if err != nil {
			return nil, err
		}
		for below, text := range inner {
			fields[name+"."+below] = text
		}
	}
	return fields, nil
}
