package golang_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/activities/image"
)

func TestModules(t *testing.T) {
	t.Parallel()
	const (
		moduleFile = "module example.com/own\n\ngo 1.26\n"
		program    = "package main\n\nimport \"example.com/lib\"\n\nfunc main() { print(lib.Name) }\n"
		library    = "package lib\n\nconst Name = \"FROM\"\n"
		required   = moduleFile + "\nrequire example.com/lib v1.0.0\n"
	)
	tests := []struct {
		name  string
		files map[string]string
		pkg   string
		// file is one that the key has to depend on.
		file string
		// refused is a part of the reason, empty when it builds.
		refused string
	}{
		{
			name: "a module in a directory of its own", pkg: "services/own/cmd", file: "services/own/cmd/main.go",
			files: map[string]string{"services/own/go.mod": moduleFile, "services/own/cmd/main.go": "package main\n\nfunc main() {}\n"},
		},
		{
			name: "a package at the root", pkg: ".", file: "main.go",
			files: map[string]string{"go.mod": moduleFile, "main.go": "package main\n\nfunc main() {}\n"},
		},
		{
			name: "a workspace", pkg: "own", file: "lib/lib.go",
			files: map[string]string{
				"go.work": "go 1.26\n\nuse (\n\t./own\n\t./lib\n)\n", "own/go.mod": moduleFile, "own/main.go": program,
				"lib/go.mod": "module example.com/lib\n\ngo 1.26\n", "lib/lib.go": library,
			},
		},
		{
			name: "a workspace beside the repository", pkg: "own", refused: "no required module provides package example.com/lib",
			files: map[string]string{
				"../go.work": "go 1.26\n\nuse (\n\t./001/own\n\t./001/lib\n)\n", "own/go.mod": moduleFile, "own/main.go": program,
				"lib/go.mod": "module example.com/lib\n\ngo 1.26\n", "lib/lib.go": library,
			},
		},
		{
			name: "a module file beside the repository", pkg: "own", refused: "no go.mod there or above it in the repository",
			files: map[string]string{"../go.mod": moduleFile, "own/main.go": "package main\n\nfunc main() {}\n"},
		},
		{
			name: "a replacement within the repository", pkg: "own", file: "lib/lib.go",
			files: map[string]string{
				"own/go.mod": required + "\nreplace example.com/lib => ../lib\n", "own/main.go": program,
				"lib/go.mod": "module example.com/lib\n\ngo 1.26\n", "lib/lib.go": library,
			},
		},
		{
			name: "vendored modules", pkg: ".", file: "vendor/example.com/lib/lib.go",
			files: map[string]string{
				"go.mod": required, "main.go": program, "vendor/example.com/lib/lib.go": library,
				"vendor/modules.txt": "# example.com/lib v1.0.0\n## explicit; go 1.26\nexample.com/lib\n",
			},
		},
		{
			name: "a directory outside of the repository", pkg: "../own", refused: "is not inside the repository",
			files: map[string]string{"go.mod": moduleFile},
		},
		{
			name: "a link that leads outside of the repository", pkg: "own", refused: "is a link that leads out of the repository",
			files: map[string]string{"go.mod": moduleFile, "own -> ../else": "", "../else/main.go": "package main\n\nfunc main() {}\n"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			write(t, root, test.files)
			source := image.Source{Service: "own", Root: root, Go: test.pkg}
			err := keyAndBuild(t, source)
			if test.refused != "" {
				if err == nil || !strings.Contains(err.Error(), test.refused) {
					t.Errorf("got %v, want an error with %q", err, test.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			before := key(t, source)
			write(t, root, map[string]string{test.file: test.files[test.file] + "// more\n"})
			if key(t, source) == before {
				t.Errorf("the key does not depend on %s", test.file)
			}
		})
	}
}

// write writes files; a name with an arrow makes a link.
func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		link, target, isLink := strings.Cut(name, " -> ")
		path := filepath.Join(root, link)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		err := os.WriteFile(path, []byte(content), 0o644)
		if isLink {
			_ = os.Remove(path)
			err = os.Symlink(target, path)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
