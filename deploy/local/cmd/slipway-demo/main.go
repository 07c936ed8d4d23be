// Command slipway-demo runs Slipway's main job on one machine and shows it:
// a release, a broken release that is rolled back by itself, and a release
// whose worker is killed half-way. It fails when any of them does not end as it
// should.
//
//	slipway-demo --bin BIN --dir DIR          run the demo, leave everything up
//	slipway-demo --bin BIN --dir DIR --dev    run platform and worker until Ctrl-C
//	slipway-demo --bin BIN --dir DIR --down   stop what either left running
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintf(os.Stderr, "\nslipway-demo: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("slipway-demo", flag.ContinueOnError)
	home := installation{}
	flags.StringVar(&home.bin, "bin", "bin", "`directory` of worker, starter and slipway-local")
	flags.StringVar(&home.dir, "dir", ".slipway", "`directory` for everything that is made; the demo empties it")
	source := flags.String("source", filepath.Join("examples", "shop"), "`directory` of the stack to release")
	down := flags.Bool("down", false, "stop what a demo left running")
	dev := flags.Bool("dev", false, "run platform and worker in the foreground")
	if err := flags.Parse(arguments); err != nil {
		return flag.ErrHelp // the flag package has said what is wrong
	}
	for _, path := range []*string{&home.bin, &home.dir, source} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			return fmt.Errorf("resolving %s: %w", *path, err)
		}
		*path = absolute
	}
	switch {
	case *down:
		if err := home.down(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(os.Stdout, "worker and platform are down;", home.dir, "keeps what was released until the next demo")
		return err
	case *dev:
		return home.dev(ctx)
	default:
		return newDemo(home, *source, os.Stdout).run(ctx)
	}
}
