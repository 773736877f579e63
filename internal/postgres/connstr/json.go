package connstr

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// jsonKeys maps the keys that rotation functions and people use, folded, to
// fields.
var jsonKeys = map[string]string{
	"host": "host", "server": "host", "hostname": "host", "servername": "host", "fqdn": "host", "address": "host",
	"port":     "port",
	"database": "dbname", "dbname": "dbname", "db": "dbname", "databasename": "dbname",
	"username": "user", "user": "user", "userid": "user", "uid": "user", "login": "user",
	"password": "password", "pwd": "password", "pass": "password",
	"sslmode":     "sslmode",
	"sslrootcert": "sslrootcert", "rootcertificate": "sslrootcert",
}

// parseJSON parses an object with string values; the port may be a number.
// Unknown keys are skipped. The decoder's errors quote their input and are
// therefore not returned.
func parseJSON(text string) (fields, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("it begins like JSON and is not valid JSON, near byte %d", decoder.InputOffset())
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows the JSON object")
	}
	found := fields{}
	for key, value := range object {
		name, known := jsonKeys[fold(key)]
		if !known || value == nil {
			continue
		}
		text, err := jsonText(name, value)
		if err != nil {
			return nil, err
		}
		if err := found.set(name, text); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func jsonText(name string, value any) (string, error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case json.Number:
		if name == "port" {
			return v.String(), nil
		}
	}
	return "", fmt.Errorf("%s in the JSON object is not a string", what[name])
}
