package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	// maxFile bounds a file of config, and maxFiles all that are read together.
	maxFile  = 32 << 20
	maxFiles = 256 << 20
)

// files is a file system that remembers what was read from it: what a thousand
// services include is read once, and their layers are looked for in one listing
// of each directory.
type files struct {
	source fs.FS
	known  map[string]known
	listed map[string]map[string]fs.DirEntry
	bytes  int
}

// known is what a name stands for.
type known struct {
	info fs.FileInfo
	text []byte
	err  error
}

func newFiles(source fs.FS) *files {
	return &files{source: source, known: map[string]known{}, listed: map[string]map[string]fs.DirEntry{}}
}

// exists tells whether there is something of that name. What cannot be read
// does exist: reading it says why.
func (f *files) exists(name string) bool {
	entries, readable := f.list(path.Dir(name))
	_, listed := entries[path.Base(name)]
	return listed || !readable
}

// list gives what is in a directory, and whether that can be told. One that
// does not exist is empty.
func (f *files) list(directory string) (entries map[string]fs.DirEntry, readable bool) {
	entries, known := f.listed[directory]
	if known {
		return entries, entries != nil
	}
	found, err := fs.ReadDir(f.source, directory)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		entries = map[string]fs.DirEntry{}
		for _, entry := range found {
			entries[entry.Name()] = entry
		}
	}
	f.listed[directory] = entries
	return entries, entries != nil
}

// Open implements fs.FS for regular files.
func (f *files) Open(name string) (fs.File, error) {
	k, err := f.read(name)
	if err != nil {
		return nil, err
	}
	return &openFile{Reader: bytes.NewReader(k.text), info: k.info}, nil
}

func (f *files) read(name string) (known, error) {
	k, asked := f.known[name]
	if !asked {
		k.info, k.text, k.err = f.load(name)
		f.known[name] = k
	}
	return k, k.err
}

// load reads a regular file.
func (f *files) load(name string) (fs.FileInfo, []byte, error) {
	if err := f.checkRegular(name); err != nil {
		return nil, nil, err
	}
	opened, err := f.source.Open(name)
	if err != nil {
		return nil, nil, confined(name, err)
	}
	defer func() { _ = opened.Close() }()
	info, err := opened.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > maxFile {
		return nil, nil, unreadable(name, fmt.Sprintf("is larger than %d MiB", maxFile>>20))
	}
	if f.bytes += int(info.Size()); f.bytes > maxFiles {
		return nil, nil, unreadable(name, fmt.Sprintf("the config of the stack is larger than %d MiB", maxFiles>>20))
	}
	text := make([]byte, info.Size())
	if _, err := io.ReadFull(opened, text); err != nil {
		return nil, nil, err
	}
	return info, text, nil
}

// checkRegular looks before a file is opened, because opening a pipe would wait
// for a writer.
func (f *files) checkRegular(name string) error {
	if entry, listed := f.listed[path.Dir(name)][path.Base(name)]; listed && entry.Type().IsRegular() {
		return nil
	}
	info, err := fs.Stat(f.source, name)
	if err != nil {
		return confined(name, err)
	}
	if !info.Mode().IsRegular() {
		return unreadable(name, "is no regular file")
	}
	return nil
}

// names are the files that were read.
func (f *files) names() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(f.known)) {
		if f.known[name].err == nil {
			names = append(names, name)
		}
	}
	return names
}

// confined says in our words that a link leads outside. The os package does not
// export this error of os.Root.
func confined(name string, err error) error {
	if strings.Contains(err.Error(), "escapes") {
		return unreadable(name, "leads out of the repository")
	}
	return err
}

func unreadable(name, problem string) error {
	return &fs.PathError{Op: "open", Path: name, Err: errors.New(problem)}
}

// openFile is a file whose content is in memory.
type openFile struct {
	*bytes.Reader
	info fs.FileInfo
}

// Stat gives what was found when the file was read.
func (f *openFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// Close does nothing.
func (f *openFile) Close() error { return nil }
