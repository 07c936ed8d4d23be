package starter

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
)

const (
	// maxConfigFile is more than a file of config or a stack file may have; what
	// is larger is left out and missed by whoever includes it.
	maxConfigFile = 32 << 20
	// maxConfigTree bounds what a revision may bring onto this machine.
	maxConfigTree = 512 << 20
)

// configFiles are the endings of the files that rendering config may read.
var configFiles = []string{".conf", ".json", ".properties", ".yaml", ".yml"}

// tree puts the files of a revision that config is made of into a temporary
// directory and returns it together with a function that removes it. Links are
// left out.
func (r *repository) tree(ctx context.Context, revision string) (dir string, remove func(), err error) {
	commit := r.commit(ctx, revision)
	if commit == "" {
		return "", nil, fail(ExitBadInput, "there is no commit %q in %s", revision, r.url)
	}
	archive, err := run(ctx, r.dir, "archive", "--format=tar", commit)
	if err != nil {
		return "", nil, fail(ExitBadInput, "reading the files of %s: %w", revision, err)
	}
	dir, err = os.MkdirTemp("", "slipway-starter-")
	if err != nil {
		return "", nil, fail(ExitFailed, "making a directory for the files of %s: %w", revision, err)
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if err := unpack(dir, archive); err != nil {
		remove()
		return "", nil, fail(ExitBadInput, "reading the files of %s: %w", revision, err)
	}
	return dir, remove, nil
}

// unpack writes the config files of an archive below a directory and nowhere else.
func unpack(dir string, archive []byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	total := int64(0)
	for reader := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg || header.Size > maxConfigFile || !slices.Contains(configFiles, path.Ext(header.Name)) {
			continue
		}
		if total += header.Size; total > maxConfigTree {
			return fmt.Errorf("config, JSON and YAML files hold more than %d MiB", maxConfigTree>>20)
		}
		if err := write(root, filepath.FromSlash(header.Name), reader); err != nil {
			return err
		}
	}
}

func write(root *os.Root, name string, content io.Reader) error {
	if err := root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close())
}
