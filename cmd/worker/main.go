// Command worker runs Slipway's workflows and activities.
//
// How it reaches Temporal is read from the TEMPORAL_* variables and the profile
// file of the temporal CLI, clusters from the kubeconfig, registries from the
// Docker configuration. SLIPWAY_PAGER_KEY and SLIPWAY_PAGER_URL are those of an
// on-call service that takes PagerDuty's events; without them nobody is paged.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // the image of a worker may know no time zones

	"github.com/slipway-dev/slipway/workers"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

// run parses, connects, serves until the context ends, and closes.
func run(ctx context.Context, arguments []string, stderr io.Writer) error {
	settings, health, level, err := parse(arguments, stderr)
	if err != nil {
		return err
	}
	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))
	workers.LogClients(logger)
	c, namespace, err := workers.Dial(ctx, logger)
	if err != nil {
		return err
	}
	defer c.Close()
	roles, activities, err := workers.Wire(c, settings)
	if err != nil {
		return err
	}
	if err := workers.CheckAttributes(ctx, c, namespace, logger); err != nil {
		return err
	}
	fleet := workers.New(c, roles, activities, logger)
	if err := workers.ServeHealth(ctx, health, c, fleet.Serving, logger); err != nil {
		return err
	}
	return fleet.Run(ctx)
}

func parse(arguments []string, stderr io.Writer) (settings workers.Settings, health string, level slog.Level, err error) {
	flags := flag.NewFlagSet("worker", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&settings.Workflows, "workflows", true, "run workflows and light activities")
	flags.IntVar(&settings.Builds, "builds", 2, "images to build at the same time; 0 builds none")
	flags.StringVar(&settings.Kubeconfig, "kubeconfig", "", "kubeconfig file (default: $KUBECONFIG, else ~/.kube/config)")
	flags.Func("clusters", "contexts of the kubeconfig to serve, comma-separated; \"none\" serves none (default: all)", settings.SetClusters)
	flags.StringVar(&settings.Cache, "cache", "", "directory of caches, which may be lost (default: slipway in the user's cache directory)")
	flags.StringVar(&health, "health-address", "127.0.0.1:0", "address of /healthz and /readyz; port 0 takes a free one and logs it")
	flags.TextVar(&level, "log-level", slog.LevelInfo, "DEBUG, INFO, WARN or ERROR")
	if err := flags.Parse(arguments); err != nil {
		return settings, "", 0, err
	}
	// Not flags: what is on a command line anybody on the machine can read.
	settings.PagerURL, settings.PagerKey = os.Getenv("SLIPWAY_PAGER_URL"), os.Getenv("SLIPWAY_PAGER_KEY")
	if flags.NArg() > 0 {
		return settings, "", 0, fmt.Errorf("unexpected argument %q; see worker -h", flags.Arg(0))
	}
	return settings, health, level, nil
}
