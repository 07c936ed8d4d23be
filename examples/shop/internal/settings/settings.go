// Package settings reads the file of config that a service is given.
package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// Read decodes a JSON file into what holds the defaults. Without a file's name
// the defaults stay; fields that nobody knows are an error.
func Read(file string, into any) error {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return nil
}
