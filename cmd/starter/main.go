// Command starter releases stacks, shows what happens, and exits with a code
// that says how it ended. See package starter.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/slipway-dev/slipway/starter"
)

func main() {
	// Two: the second interrupt must not be lost while the first is served.
	interrupts := make(chan os.Signal, 2)
	signal.Notify(interrupts, os.Interrupt, syscall.SIGTERM)
	os.Exit(starter.Main(context.Background(), os.Args[1:], starter.Streams{
		Out: os.Stdout, Err: os.Stderr, Interrupts: interrupts,
	}))
}
