package stack_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// update rewrites what the golden files want: go test ./stack -update. Read the
// difference before committing it.
var update = flag.Bool("update", false, "rewrite the golden files")

// golden runs a test for each archive of a directory below testdata. An archive
// begins with a sentence that says what it shows, holds the files of a
// repository, and ends with the file "want".
func golden(t *testing.T, directory string, run func(t *testing.T, archive *txtar.Archive) string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", directory, "*.txtar"))
	if err != nil || len(names) == 0 {
		t.Fatalf("found %d archives: %v", len(names), err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if len(bytes.TrimSpace(archive.Comment)) == 0 {
				t.Error("the archive does not say what it shows")
			}
			want := takeFile(archive, "want")
			got := strings.TrimSuffix(run(t, archive), "\n") + "\n"
			if got == want {
				return
			}
			if !*update {
				t.Fatalf("%s\ngot:\n%s\nwant:\n%s", bytes.TrimSpace(archive.Comment), got, want)
			}
			archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
			if err := os.WriteFile(name, txtar.Format(archive), 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// takeFile removes a file from an archive and returns its text.
func takeFile(archive *txtar.Archive, name string) string {
	for i, file := range archive.Files {
		if file.Name == name {
			archive.Files = append(archive.Files[:i:i], archive.Files[i+1:]...)
			return string(file.Data)
		}
	}
	return ""
}

// repository writes the files of an archive to a directory of its own.
func repository(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range archive.Files {
		write(t, filepath.Join(root, file.Name), string(file.Data))
	}
	return root
}

func write(t testing.TB, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}
