package azurepolicy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// member is a member of a JSON object. A map would lose duplicates.
type member struct {
	name  string
	value any
}

// decode decodes a JSON value: []member, []any, string, json.Number, bool or
// nil.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	d.UseNumber()
	v, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something stands behind the JSON value; give one policy")
	}
	return v, nil
}

func decodeValue(d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, notJSON(err, d)
	}
	switch token {
	case json.Delim('{'):
		return decodeObject(d)
	case json.Delim('['):
		return decodeArray(d)
	}
	return token, nil
}

func decodeObject(d *json.Decoder) (any, error) {
	members := []member{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, notJSON(err, d)
		}
		value, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name: fmt.Sprint(key), value: value})
	}
	return members, end(d)
}

func decodeArray(d *json.Decoder) (any, error) {
	items := []any{}
	for d.More() {
		value, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		items = append(items, value)
	}
	return items, end(d)
}

func end(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return notJSON(err, d)
	}
	return nil
}

func notJSON(err error, d *json.Decoder) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("not JSON: byte %d: %w", d.InputOffset(), err)
}
