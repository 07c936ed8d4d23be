package process

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Identity recognises one run of one program, also after its process ID was
// given to another one.
type Identity struct {
	PID int `json:"pid"`
	// Started is when it started, in clock ticks after boot.
	Started uint64 `json:"started"`
	// Command is its command line, arguments separated by spaces.
	Command string `json:"command"`
}

// ErrGone says that there is no such process any more.
var ErrGone = errors.New("no such process")

// Identify reads the identity of a running process. A zombie counts as gone.
func Identify(pid int) (Identity, error) {
	directory := filepath.Join("/proc", strconv.Itoa(pid))
	stat, err := os.ReadFile(filepath.Join(directory, "stat"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return Identity{}, ErrGone
	}
	if err != nil {
		return Identity{}, fmt.Errorf("identifying process %d: %w", pid, err)
	}
	state, started, err := parseStat(stat)
	if err != nil {
		return Identity{}, fmt.Errorf("identifying process %d: %w", pid, err)
	}
	if state == "Z" || state == "X" {
		return Identity{}, ErrGone
	}
	command, err := os.ReadFile(filepath.Join(directory, "cmdline"))
	if err != nil {
		return Identity{}, ErrGone
	}
	arguments := strings.TrimSpace(strings.ReplaceAll(string(command), "\x00", " "))
	return Identity{PID: pid, Started: started, Command: arguments}, nil
}

// Running tells whether this very process, and not a later one with its number,
// still runs.
func (i Identity) Running() bool {
	now, err := Identify(i.PID)
	return err == nil && now == i
}

// Signal sends a signal to this very process; ErrGone when it has ended. There
// is an instant between the check and the signal in which the number could
// change hands; the kernel hands numbers out in turn, so it takes a full cycle.
func (i Identity) Signal(signal syscall.Signal) error {
	if !i.Running() {
		return ErrGone
	}
	err := syscall.Kill(i.PID, signal)
	if errors.Is(err, syscall.ESRCH) {
		return ErrGone
	}
	return err
}

// parseStat takes the state and the start time out of /proc/PID/stat. The
// second field is the program's name in parentheses, which may itself contain
// spaces and parentheses.
func parseStat(stat []byte) (state string, started uint64, err error) {
	end := bytes.LastIndexByte(stat, ')')
	if end < 0 {
		return "", 0, errors.New("no program name in stat")
	}
	fields := strings.Fields(string(stat[end+1:]))
	const stateField, startField = 0, 19
	if len(fields) <= startField {
		return "", 0, errors.New("stat is too short")
	}
	started, err = strconv.ParseUint(fields[startField], 10, 64)
	return fields[stateField], started, err
}
