package golang_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/fault"
	"github.com/slipway-dev/slipway/activities/image"
	"github.com/slipway-dev/slipway/activities/source/sourcetest"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	files := sourcetest.Shop("localhost:5000/shop")
	tests := []struct {
		name    string
		changes map[string]string
		golden  string
	}{
		{"a compile error", map[string]string{
			"catalog/main.go": strings.ReplaceAll(files["catalog/main.go"], "text.Line(", "text.Lines("),
			"catalog/more.go": "package main\n\nfunc more() int { return \"dial tcp\" }\n",
		}, "compile.txt"},
		{"an error in a package that is imported", map[string]string{
			"text/text.go": "package text\n\nfunc Line(s string) string { return s + 1 }\n",
		}, "imported.txt"},
		{"a syntax error", map[string]string{"catalog/main.go": "package main\n\nfunc main() {\n"}, "syntax.txt"},
		{"no function main", map[string]string{"catalog/main.go": "package main\n"}, "main.txt"},
		{"a package that is not there", map[string]string{
			"catalog/main.go": "package main\n\nimport (\n\t_ \"example.com/shop/missing\"\n\t_ \"nosuch\"\n)\n\nfunc main() {}\n",
		}, "missing.txt"},
		{"a module that nobody requires", map[string]string{
			"catalog/main.go": "package main\n\nimport _ \"example.com/other/pkg\"\n\nfunc main() {}\n",
		}, "unrequired.txt"},
		{"a module without its checksum", map[string]string{
			"go.mod":          files["go.mod"] + "\nrequire example.com/other v1.0.0\n",
			"catalog/main.go": "package main\n\nimport _ \"example.com/other/pkg\"\n\nfunc main() {}\n",
		}, "checksum.txt"},
		{"a file to embed that is not there", map[string]string{"catalog/greeting.txt": ""}, "embed.txt"},
		{"an import cycle", map[string]string{
			"text/text.go":    "package text\n\nimport _ \"example.com/shop/again\"\n\nfunc Line(s string) string { return s }\n",
			"again/again.go":  "package again\n\nimport _ \"example.com/shop/text\"\n",
			"catalog/more.go": "package main\n",
		}, "cycle.txt"},
		{"a go.mod that can't be read", map[string]string{"go.mod": "module example.com/shop\n\ngo 1.26\n\nfoo bar\n"}, "gomod.txt"},
		{"no module", map[string]string{"go.mod": ""}, "nomodule.txt"},
		{"a package that is no program", map[string]string{"catalog/main.go": "package catalog\n"}, "program.txt"},
		{"a module beside the repository", map[string]string{
			"go.mod":          files["go.mod"] + "\nrequire example.com/other v1.0.0\n\nreplace example.com/other => ../other\n",
			"catalog/main.go": "package main\n\nimport _ \"example.com/other\"\n\nfunc main() {}\n",
			"../other/go.mod": "module example.com/other\n", "../other/other.go": "package other\n",
		}, "outside.txt"},
		{"endless errors", map[string]string{"catalog/more.go": "package main\n\n" + strings.Repeat("var _ = undefined"+strings.Repeat("d", 300)+"\n", 20)}, "endless.txt"},
	}
	for _, test := range tests {
		t.Run(test.name+" is refused", func(t *testing.T) {
			t.Parallel()
			source := shop(t, test.changes)
			err := keyAndBuild(t, source)
			if fault.CodeOf(err) != fault.InvalidInput {
				t.Fatalf("got %s %v, want InvalidInput", fault.CodeOf(err), err)
			}
			compare(t, test.golden, err.Error()+"\n")
			if strings.Contains(err.Error(), source.Root) || strings.Contains(err.Error(), os.TempDir()+"/") {
				t.Errorf("the error tells a directory of the worker: %v", err)
			}
		})
	}
}

func keyAndBuild(t *testing.T, source image.Source) error {
	t.Helper()
	b := builder(t)
	if _, err := b.Key(context.Background(), source); err != nil {
		return err
	}
	_, remove, err := b.Build(context.Background(), source)
	if err == nil {
		remove()
	}
	return err
}

// compare compares with a golden file; UPDATE=1 rewrites it.
func compare(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
