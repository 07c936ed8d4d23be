// Command slipway-local runs everything that Slipway needs on one machine:
// Temporal with its UI, an OCI registry, and Kubernetes clusters with simulated
// nodes.
//
//	slipway-local up     --dir DIR [--bin BINDIR] [--clusters N] [--nodes M] [--fixed-ports] [--detach] [--until-eof]
//	slipway-local status --dir DIR
//	slipway-local down   --dir DIR
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/slipway-dev/slipway/deploy/local/platform"
)

const usage = `usage: slipway-local up|status|down --dir DIR [flags]

  up      start the platform and keep it up until Ctrl-C; with --detach in the background
  status  show what runs
  down    stop it

slipway-local up -h shows the flags of up.
`

// usageError is a mistake in the command line.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	// A second Ctrl-C ends this process at once, and its children with it.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:])
	stop()
	var wrong usageError
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case errors.As(err, &wrong):
		fmt.Fprintf(os.Stderr, "slipway-local: %v\n", err)
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "slipway-local: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return flag.ErrHelp
	}
	switch arguments[0] {
	case "up":
		return up(ctx, arguments[1:])
	case "down":
		return down(ctx, arguments[1:])
	case "status":
		return status(arguments[1:])
	default:
		fmt.Fprint(os.Stderr, usage)
		return flag.ErrHelp
	}
}

func up(ctx context.Context, arguments []string) error {
	var options platform.Options
	flags := flag.NewFlagSet("slipway-local up", flag.ContinueOnError)
	flags.StringVar(&options.Dir, "dir", "", "`directory` that holds the state (required)")
	flags.StringVar(&options.Bin, "bin", binaryDirectory(), "`directory` of the other binaries")
	flags.IntVar(&options.Clusters, "clusters", 1, "how many Kubernetes clusters")
	flags.IntVar(&options.Nodes, "nodes", 3, "how many simulated nodes in each cluster")
	flags.IntVar(&options.TemporalPort, "temporal-port", 0, "port of Temporal; 0 takes a free one")
	flags.IntVar(&options.UIPort, "ui-port", 0, "port of Temporal's UI; 0 takes a free one")
	flags.IntVar(&options.RegistryPort, "registry-port", 0, "port of the registry; 0 takes a free one")
	fixed := flags.Bool("fixed-ports", false, "use the well-known ports where none is given: Temporal 7233, UI 8233, registry 5000")
	detach := flags.Bool("detach", false, "go to the background and return when everything is ready")
	untilEOF := flags.Bool("until-eof", false, "stop when standard input ends, and so with whoever holds its other end")
	detached := flags.Bool("detached", false, "set by --detach for the process in the background")
	if err := parse(flags, arguments); err != nil {
		return err
	}
	if *fixed {
		setDefault(&options.TemporalPort, platform.TemporalPort)
		setDefault(&options.UIPort, platform.UIPort)
		setDefault(&options.RegistryPort, platform.RegistryPort)
	}
	if *detach {
		return detachUp(ctx, options, *untilEOF, arguments)
	}
	if *untilEOF {
		ctx = untilEnd(ctx, os.Stdin)
	}
	if *detached {
		// Or the children would hold the pipe open, and the parent wait for them.
		syscall.CloseOnExec(platform.DetachedDescriptor)
		pipe := os.NewFile(platform.DetachedDescriptor, "progress")
		err := platform.Run(ctx, options, io.MultiWriter(os.Stdout, untilClosed{pipe}), func() { _ = pipe.Close() })
		if err != nil {
			_, _ = fmt.Fprintln(pipe, err)
		}
		return err
	}
	return platform.Run(ctx, options, os.Stdout, func() {})
}

// detachUp starts the same command again in the background. It checks the
// options first, so that mistakes are told here and not in a log.
func detachUp(ctx context.Context, options platform.Options, untilEOF bool, arguments []string) error {
	if err := options.Validate(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("finding this binary: %w", err)
	}
	// The last of two equal flags counts.
	again := append(append([]string{"up"}, arguments...), "--detach=false", "--detached")
	command := exec.Command(self, again...) //nolint:gosec // this very binary, with the arguments that it was given
	if untilEOF {
		command.Stdin = os.Stdin
	}
	return platform.Detach(ctx, options.Dir, command, os.Stdout)
}

// untilEnd gives a context that ends with the input, too. The kernel ends the
// input when the process that holds its other end dies, in whatever way.
func untilEnd(ctx context.Context, input io.Reader) context.Context {
	ctx, end := context.WithCancel(ctx)
	go func() {
		defer end()
		_, _ = io.Copy(io.Discard, input)
	}()
	return ctx
}

func down(ctx context.Context, arguments []string) error {
	directory, err := directoryFlag("slipway-local down", arguments)
	if err != nil {
		return err
	}
	err = platform.Down(ctx, directory)
	if errors.Is(err, platform.ErrNotRunning) {
		fmt.Fprintln(os.Stdout, "nothing runs in", directory)
		return nil
	}
	return err
}

func status(arguments []string) error {
	directory, err := directoryFlag("slipway-local status", arguments)
	if err != nil {
		return err
	}
	return platform.Status(directory, os.Stdout)
}

func directoryFlag(name string, arguments []string) (string, error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	directory := flags.String("dir", "", "`directory` that holds the state (required)")
	if err := parse(flags, arguments); err != nil {
		return "", err
	}
	if *directory == "" {
		return "", usageError{errors.New("--dir is missing")}
	}
	return filepath.Abs(*directory)
}

func parse(flags *flag.FlagSet, arguments []string) error {
	if err := flags.Parse(arguments); err != nil {
		return flag.ErrHelp // the flag package has said what is wrong
	}
	if flags.NArg() > 0 {
		return usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}
	return nil
}

func setDefault(port *int, value int) {
	if *port == 0 {
		*port = value
	}
}

// binaryDirectory is where this binary itself is: the others are built beside
// it.
func binaryDirectory() string {
	self, err := os.Executable()
	if err != nil {
		return "."
	}
	return filepath.Dir(self)
}

// untilClosed writes to a pipe for as long as anybody reads it.
type untilClosed struct{ pipe *os.File }

func (u untilClosed) Write(content []byte) (int, error) {
	_, _ = u.pipe.Write(content)
	return len(content), nil
}
