package platform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// DetachedDescriptor is where a detached supervisor finds the pipe on which its
// parent waits for progress lines.
const DetachedDescriptor = 3

// Detach runs the command, which must come to Run, in the background in a
// session of its own. It copies the command's progress to out and returns when
// the platform is ready. When the context ends before that, the start is undone.
func Detach(ctx context.Context, directory string, command *exec.Cmd, out io.Writer) error {
	logName := filepath.Join(directory, logDirectory, "supervisor.log")
	log, err := openLog(logName)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	reader, writer, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("detaching: %w", err)
	}
	defer func() { _ = reader.Close() }()
	command.Stdout, command.Stderr = log, log
	command.ExtraFiles = []*os.File{writer}
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := command.Start(); err != nil {
		_ = writer.Close()
		return fmt.Errorf("detaching: %w", err)
	}
	_ = writer.Close()
	stop := context.AfterFunc(ctx, func() { _ = command.Process.Signal(syscall.SIGTERM) })
	defer stop()

	// The supervisor closes the pipe when it is ready or at its end.
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		_, _ = fmt.Fprintln(out, lines.Text())
	}
	state, err := ReadState(directory)
	if err == nil && state.PIDs["supervisor"] == command.Process.Pid && ctx.Err() == nil {
		return command.Process.Release()
	}
	if waitErr := command.Wait(); waitErr != nil {
		return fmt.Errorf("the platform did not start, see above; logs are in %s", filepath.Dir(logName))
	}
	return errors.Join(ctx.Err(), errors.New("the platform ended before it was ready"))
}

// openLog opens a log for appending.
func openLog(name string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return nil, fmt.Errorf("creating log directory: %w", err)
	}
	log, err := os.OpenFile(filepath.Clean(name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening log: %w", err)
	}
	return log, nil
}
