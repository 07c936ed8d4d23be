package rig

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Program is one that runs on this machine.
type Program struct {
	PID int
	// Command is its command line, arguments separated by spaces.
	Command string
}

// Descendants lists what a process has started, and what that has started. What
// was left by its parent is not found, as the kernel forgets whose it was.
func Descendants(t testing.TB, pid int) []Program {
	t.Helper()
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]Program{}
	for _, entry := range entries {
		child, err := strconv.Atoi(filepath.Base(entry))
		if err != nil {
			continue
		}
		parent, err := strconv.Atoi(field(child, "PPid"))
		if err != nil {
			continue // it has ended meanwhile
		}
		// One that has just ended has none any more.
		command, _ := os.ReadFile(filepath.Join(entry, "cmdline"))
		children[parent] = append(children[parent], Program{PID: child, Command: strings.ReplaceAll(string(command), "\x00", " ")})
	}
	var found []Program
	for waiting := []int{pid}; len(waiting) > 0; waiting = waiting[1:] {
		for _, child := range children[waiting[0]] {
			found = append(found, child)
			waiting = append(waiting, child.PID)
		}
	}
	return found
}

// field gives a field of the status of a process, or nothing if it has ended.
func field(pid int, name string) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
