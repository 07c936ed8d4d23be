package stack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	// maxManifest is room for the largest manifests in use, collections of
	// custom resource definitions of about 4 MiB.
	maxManifest = 5 << 20

	// maxReadBytes and maxReads bound what rendering one service reads, counting
	// a file each time. A kustomization that includes others twice, level after
	// level, would read without end.
	maxReadBytes = 64 << 20
	maxReads     = 1_000
)

// limitError says which limit of reading is exceeded.
type limitError string

func (e limitError) Error() string { return string(e) }

// files reads from a repository and from nowhere else: a link that leads out of
// it is an error. It is not safe for concurrent use.
type files struct {
	root   *os.Root
	reads  int
	bytes  int
	parsed map[string][]*yaml.Node
}

// begin starts counting anew, for the next service.
func (f *files) begin() {
	f.reads, f.bytes = 0, 0
}

func newFiles(root *os.Root) *files {
	return &files{root: root, parsed: map[string][]*yaml.Node{}}
}

func (f *files) read(name string) ([]byte, error) {
	if f.reads++; f.reads > maxReads {
		return nil, limitError(fmt.Sprintf("rendering one service reads more than %d files", maxReads))
	}
	data, err := readLimited(f.root, name, maxManifest)
	if err != nil {
		return nil, err
	}
	if f.bytes += len(data); f.bytes > maxReadBytes {
		return nil, limitError(fmt.Sprintf("rendering one service reads more than %d MiB", maxReadBytes>>20))
	}
	return data, nil
}

// documents returns the YAML documents of a file, parsing it once.
func (f *files) documents(name string) ([]*yaml.Node, *Error) {
	if documents, ok := f.parsed[name]; ok {
		return documents, nil
	}
	data, err := f.read(name)
	if err != nil {
		return nil, &Error{File: name, Problem: pathProblem(err)}
	}
	documents, broken := readYAML(name, data)
	if broken != nil {
		return nil, broken
	}
	if expandTooFar(documents) {
		endless := tooFar(name)
		return nil, &endless
	}
	f.parsed[name] = documents
	return documents, nil
}

// names returns the names in a directory, sorted.
func (f *files) names(directory string) ([]string, error) {
	opened, err := f.root.Open(directory)
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }()
	entries, err := opened.ReadDir(maxReads + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(entries) > maxReads {
		return nil, fmt.Errorf("holds more than %d files", maxReads)
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	slices.Sort(names)
	return names, nil
}

func (f *files) isDirectory(name string) bool {
	info, err := f.root.Stat(name)
	return err == nil && info.IsDir()
}

// readLimited reads a regular file of at most limit bytes. It looks before it
// opens, because opening a pipe would wait for a writer.
func readLimited(root *os.Root, name string, limit int64) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no regular file")
	}
	file, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("is larger than %d KiB", limit>>10)
	}
	return data, nil
}

// pathProblem says why a path cannot be read, without the path and without the
// name of the system call.
func pathProblem(err error) string {
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "does not exist"
	case !errors.As(err, &pathError):
		return err.Error()
	case strings.Contains(pathError.Err.Error(), "escapes"):
		// The os package does not export this error of os.Root.
		return "leads out of the repository"
	}
	return pathError.Err.Error()
}

func isYAML(name string) bool {
	extension := path.Ext(name)
	return extension == ".yaml" || extension == ".yml"
}
