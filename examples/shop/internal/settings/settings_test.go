package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

type sample struct {
	Greeting string `json:"greeting"`
	Size     int    `json:"size"`
}

func TestReadKeepsTheDefaultsOfWhatIsNotSet(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.json")
	for text, want := range map[string]sample{
		"":                            {"hello", 1},
		`{}`:                          {"hello", 1},
		`{"size":2}`:                  {"hello", 2},
		`{"size":2,"greeting":"bye"}`: {"bye", 2},
	} {
		got := sample{"hello", 1}
		name := ""
		if text != "" {
			name = file
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := Read(name, &got); err != nil || got != want {
			t.Errorf("%q: got %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestReadNamesTheFileThatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.json")
	for _, text := range []string{`{`, `{"colour":"red"}`, `{"size":"large"}`} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Read(file, &sample{}); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v", text, err)
		}
	}
	if err := Read(file+".missing", &sample{}); !os.IsNotExist(err) {
		t.Errorf("got %v", err)
	}
}
