package ports

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listening is the state of a listening socket in /proc/net/tcp.
const listening = "0A"

// owner describes the process that listens on the port; empty when it can't be
// seen, for example because it belongs to another user.
func owner(port int) string {
	inodes := listeners(port)
	if len(inodes) == 0 {
		return ""
	}
	descriptors, err := filepath.Glob("/proc/[0-9]*/fd/[0-9]*")
	if err != nil {
		return ""
	}
	for _, descriptor := range descriptors {
		target, err := os.Readlink(descriptor)
		if err != nil || !inodes[target] {
			continue
		}
		pid := strings.Split(descriptor, "/")[2]
		command, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		if err != nil {
			return "process " + pid
		}
		return fmt.Sprintf("process %s (%s)", pid, strings.TrimSpace(strings.ReplaceAll(string(command), "\x00", " ")))
	}
	return ""
}

// listeners are the sockets that listen on the port, written as the links in
// /proc/PID/fd write them.
func listeners(port int) map[string]bool {
	inodes := make(map[string]bool)
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		file, err := os.Open(table)
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(file)
		for lines.Scan() {
			fields := strings.Fields(lines.Text())
			const localField, stateField, inodeField = 1, 3, 9
			if len(fields) <= inodeField || fields[stateField] != listening {
				continue
			}
			_, hexadecimal, _ := strings.Cut(fields[localField], ":")
			if number, err := strconv.ParseInt(hexadecimal, 16, 32); err == nil && int(number) == port {
				inodes["socket:["+fields[inodeField]+"]"] = true
			}
		}
		_ = file.Close()
	}
	return inodes
}
