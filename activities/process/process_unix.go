//go:build unix && !linux

package process

import "syscall"

// attributes give a program a session of its own, so that it has no terminal to
// ask questions on and one signal reaches all its children. Other than on Linux
// a program outlives a worker that was killed, until it has done its work.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}
