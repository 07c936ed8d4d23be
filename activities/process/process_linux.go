package process

import "syscall"

// attributes give a program a session of its own, so that it has no terminal to
// ask questions on and one signal reaches all its children, and let the kernel
// kill it when the worker is killed.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
}
