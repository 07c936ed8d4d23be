// Package reference runs the reference implementation of HOCON, Lightbend's
// config library, so that tests can hold this module's answers against it. It
// needs a JDK and the library's jar, Debian's default-jdk-headless and
// libtypesafe-config-java. Nothing but tests and benchmarks may use it.
package reference

import (
	"bufio"
	_ "embed" // for the program below
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrUnavailable means that this machine lacks the JDK or the jar.
var ErrUnavailable = errors.New("no reference implementation")

// ErrTimeout means that the reference took longer than a case may take. The
// Runner goes on with the next case in a new JVM.
var ErrTimeout = errors.New("the reference gave no answer in time")

// patience is how long one case may take: thousands of times the usual. The first
// one of a JVM may take longer, since it waits for the JVM and its compiler.
const (
	patience      = 30 * time.Second
	firstPatience = 3 * time.Minute
)

//go:embed Reference.java
var program []byte

// Runner is a running JVM that resolves one case at a time. It is not safe for
// concurrent use.
type Runner struct {
	java, jar   string
	environment []string
	home        string // holds the program and, below it, the case's files
	command     *exec.Cmd
	requests    io.WriteCloser
	answers     *bufio.Reader
}

// Answer is what the reference makes of a case: an object as JSON, or a
// failure.
type Answer struct {
	JSON    []byte
	Failure *Failure
}

// Failure is an exception of the reference: the simple name of its class, such
// as Parse or UnresolvedSubstitution, and its message.
type Failure struct {
	Class, Message string
}

// Start gives a Runner in whose JVM the environment is exactly the one given,
// and which writes its files below dir. The error is ErrUnavailable when the
// machine cannot run it. The JVM does not start before the first case.
func Start(dir string, environment map[string]string) (*Runner, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return nil, fmt.Errorf("%w: needs java on the PATH", ErrUnavailable)
	}
	jar := os.Getenv("SLIPWAY_TYPESAFE_CONFIG")
	if jar == "" {
		jar = "/usr/share/java/typesafe-config.jar"
	}
	if _, err := os.Stat(jar); err != nil { //nolint:gosec // whoever runs the tests names the jar
		return nil, fmt.Errorf("%w: needs typesafe-config.jar, or SLIPWAY_TYPESAFE_CONFIG to name it: %w", ErrUnavailable, err)
	}
	runner := &Runner{java: java, jar: jar, home: dir, environment: []string{}}
	for name, value := range environment {
		runner.environment = append(runner.environment, name+"="+value)
	}
	return runner, os.WriteFile(filepath.Join(dir, "Reference.java"), program, 0o600)
}

// Resolve writes the files, resolves the one named main and gives the answer.
// Names are slash-separated; the JVM's working directory is where they start.
func (r *Runner) Resolve(files map[string]string, main string) (Answer, error) {
	if err := r.write(files); err != nil {
		return Answer{}, err
	}
	allowed := patience
	if r.command == nil {
		allowed = firstPatience
		if err := r.launch(); err != nil {
			return Answer{}, err
		}
	}
	process := r.command.Process
	watch := time.AfterFunc(allowed, func() { _ = process.Kill() })
	_, err := fmt.Fprintln(r.requests, filepath.Join(r.cases(), filepath.FromSlash(main)))
	var line []byte
	if err == nil {
		line, err = r.answers.ReadBytes('\n')
	}
	if !watch.Stop() {
		_ = r.Close()
		return Answer{}, ErrTimeout
	}
	if err != nil {
		return Answer{}, fmt.Errorf("asking the reference: %w", errors.Join(err, r.Close()))
	}
	return parse(line[:len(line)-1]), nil
}

// Close ends the JVM. Another case would start a new one.
func (r *Runner) Close() error {
	if r.command == nil {
		return nil
	}
	_ = r.requests.Close()
	err := r.command.Wait()
	r.command = nil
	return err
}

func (r *Runner) cases() string { return filepath.Join(r.home, "cases") }

func (r *Runner) write(files map[string]string) error {
	if err := r.clear(); err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(r.cases(), filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// clear empties the directory of the cases but leaves it in place, since it is
// the JVM's working directory.
func (r *Runner) clear() error {
	if err := os.MkdirAll(r.cases(), 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(r.cases())
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(r.cases(), entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (r *Runner) launch() error {
	command := exec.Command(r.java, "-Xss8m", "-XX:+UseSerialGC", "-cp", r.jar, filepath.Join(r.home, "Reference.java"))
	command.Dir = r.cases()
	command.Env = r.environment
	command.Stderr = os.Stderr
	requests, err := command.StdinPipe()
	if err != nil {
		return err
	}
	answers, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	r.command, r.requests, r.answers = command, requests, bufio.NewReaderSize(answers, 1<<20)
	return nil
}

func parse(line []byte) Answer {
	if len(line) == 0 || line[0] != '!' {
		return Answer{JSON: line}
	}
	class, message, _ := strings.Cut(string(line[1:]), " ")
	return Answer{Failure: &Failure{Class: class, Message: message}}
}
