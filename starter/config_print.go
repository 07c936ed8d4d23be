package starter

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/slipway-dev/slipway/hocon"
	"github.com/slipway-dev/slipway/stack/config"
)

// seenConfig is config that a command looks at.
type seenConfig struct {
	config *hocon.Config
	// rendered is nil for a file that is looked at by itself.
	rendered *config.Rendered
}

// print writes the config in a form, or as its pods get it.
func (s *seenConfig) print(out io.Writer, form string) error {
	var err error
	switch {
	case form == "hocon", form == "" && s.rendered == nil:
		err = s.config.WriteHOCON(out)
	case form == "json":
		err = s.config.WriteJSON(out)
	case form == "properties":
		err = s.config.WriteProperties(out)
	case form == "":
		err = printData(out, s.rendered.Data)
	default:
		return fail(ExitBadInput, "--output %q: want hocon, json or properties", form)
	}
	if err != nil {
		return fail(ExitBadInput, "printing it as %s: %w", form, err)
	}
	return nil
}

// printData prints the one file of a ConfigMap, or its keys as lines of an
// environment.
func printData(out io.Writer, data map[string]string) error {
	if len(data) == 1 {
		for _, content := range data {
			_, err := io.WriteString(out, content)
			return err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(data)) {
		if _, err := fmt.Fprintf(out, "%s=%s\n", key, data[key]); err != nil {
			return err
		}
	}
	return nil
}
