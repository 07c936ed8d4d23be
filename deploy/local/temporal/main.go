// Command slipway-temporal is a Temporal server with its web UI in one process,
// on one SQLite file.
//
//	slipway-temporal --address 127.0.0.1:7233 --ui-address 127.0.0.1:8233 --db FILE
//
// It is for development and tests: one node, no authentication, and a file whose
// schema belongs to this server version. The file survives the process: after
// kill -9 the same command takes up every open workflow. The UI answers only
// after the search attributes of the default namespace are registered, so its
// /healthz is the sign that all of it is ready.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintf(os.Stderr, "slipway-temporal: %v\n", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	options, err := parseFlags(arguments)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return serve(ctx, options)
}

func parseFlags(arguments []string) (Options, error) {
	var options Options
	flags := flag.NewFlagSet("slipway-temporal", flag.ContinueOnError)
	flags.StringVar(&options.Address, "address", "127.0.0.1:7233", "`host:port` of the gRPC frontend; the host must be an IP address")
	flags.StringVar(&options.UIAddress, "ui-address", "127.0.0.1:8233", "`host:port` of the web UI")
	flags.StringVar(&options.Database, "db", "", "SQLite `file`, created when missing (required)")
	flags.StringVar(&options.LogLevel, "log-level", "warn", "debug, info, warn or error")
	if err := flags.Parse(arguments); err != nil {
		return Options{}, err
	}
	if flags.NArg() > 0 {
		return Options{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return options, options.Validate()
}
