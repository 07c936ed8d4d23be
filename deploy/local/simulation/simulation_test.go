package simulation_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/slipway-dev/slipway/deploy/local/simulation"
)

func TestStagesAreDocumentsWithNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	stream, err := simulation.Stages()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	decoder := yaml.NewDecoder(strings.NewReader(string(stream)))
	for {
		var document struct {
			Kind     string
			Metadata struct{ Name string }
		}
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if document.Metadata.Name == "" || seen[document.Metadata.Name] {
			t.Errorf("a document of kind %s has the name %q, which is missing or taken", document.Kind, document.Metadata.Name)
		}
		seen[document.Metadata.Name] = true
	}
	for _, want := range []string{"node-ready", "pod-ready", "pod-delete", "pod-crash-loop-back-off"} {
		if !seen[want] {
			t.Errorf("there is no stage %s", want)
		}
	}
	if strings.Contains(string(stream), "[[") {
		t.Error("a directive of ours was left in the documents")
	}
}
