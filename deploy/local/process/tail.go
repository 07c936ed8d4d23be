package process

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

const (
	// tailBytes bounds what is read of a log that may be many megabytes long.
	tailBytes = 8 << 10
	// tailLines is what fits on a screen beside the message itself.
	tailLines = 15
)

// tail returns the last lines of a file, indented, or why they can't be had.
func tail(name string) string {
	file, err := os.Open(filepath.Clean(name))
	if err != nil {
		return fmt.Sprintf("  (%v)", err)
	}
	defer func() { _ = file.Close() }()
	if size, err := file.Seek(0, io.SeekEnd); err == nil {
		_, _ = file.Seek(max(0, size-tailBytes), io.SeekStart)
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return fmt.Sprintf("  (%v)", err)
	}
	lines := bytes.Split(bytes.TrimRight(content, "\n"), []byte("\n"))
	begin := max(0, len(lines)-tailLines)
	// Of a Go program that crashed the reason comes first, before its stacks.
	crash := slices.IndexFunc(lines, func(line []byte) bool { return bytes.HasPrefix(line, []byte("panic:")) })
	if crash >= 0 {
		begin = crash
	}
	lines = lines[begin:min(len(lines), begin+tailLines)]
	return "  " + string(bytes.Join(lines, []byte("\n  ")))
}
