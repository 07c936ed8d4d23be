package process

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// shell runs the guard. Git needs one as well, for submodules.
const shell = "/bin/sh"

// watch waits for the number of a process group, then for the end of the pipe
// that it came by, and kills the group.
const watch = `read -r group && { read -r end; kill -s KILL -- "-$group"; }`

// guard kills a process group when the worker ends, however it ends: the kernel
// closes the pipe that only the worker holds. A parent-death signal would reach
// the program, but not the compilers that the go command has started.
type guard struct {
	watcher *exec.Cmd
	pipe    io.WriteCloser
}

// newGuard starts a guard, which has nothing to guard yet.
func newGuard() (*guard, error) {
	watcher := exec.Command(shell, "-c", watch)
	watcher.Env = []string{} // nothing of the worker's, as for any program here
	// A signal to the worker's group, like a Ctrl-C, must not end it.
	watcher.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	pipe, err := watcher.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the guard: %w", err)
	}
	if err := watcher.Start(); err != nil {
		return nil, fmt.Errorf("starting the guard: %w", err)
	}
	return &guard{watcher: watcher, pipe: pipe}, nil
}

// over makes the group of a process what is killed.
func (g *guard) over(group int) error {
	if _, err := fmt.Fprintln(g.pipe, group); err != nil {
		return fmt.Errorf("telling the guard: %w", err)
	}
	return nil
}

// dismiss ends the guard, before anybody else's processes can get the number of
// the group.
func (g *guard) dismiss() {
	_ = g.watcher.Process.Kill()
	_ = g.pipe.Close()
	_ = g.watcher.Wait()
}
