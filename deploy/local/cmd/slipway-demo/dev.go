package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// dev runs the platform on its well-known ports and a worker until the context
// ends, and then stops both. State of an earlier time is kept.
func (i installation) dev(ctx context.Context) error {
	if err := i.claim(); err != nil {
		return err
	}
	if err := i.down(ctx); err != nil {
		return err
	}
	// Stopping must go on although the context that ran it has ended.
	defer func() {
		if err := i.down(context.WithoutCancel(ctx)); err != nil {
			fmt.Fprintln(os.Stderr, "slipway-demo:", err)
		}
	}()
	state, err := i.up(ctx, "--fixed-ports")
	if err != nil {
		return err
	}
	if err := i.createNamespaces(ctx, state); err != nil {
		return err
	}
	worker, err := i.startWorker(ctx, state, "worker")
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stdout, `
   Temporal's UI:  %s
   worker:         process %d, log %s
   environment:    . %s
   Ctrl-C stops worker and platform; what was released is kept in %s.

`, state.Temporal.UI, worker.PID, i.log("worker"), filepath.Join(i.dir, "env"), i.dir)
	err = poll(ctx, nil, func() bool { return !worker.Running() })
	if ctx.Err() != nil {
		return nil
	}
	if err == nil {
		err = fmt.Errorf("the worker has ended; its log is %s", i.log("worker"))
	}
	return err
}

// indented writes lines further to the right, where those of the demo are.
type indented struct{ out io.Writer }

func (w indented) Write(content []byte) (int, error) {
	for line := range bytes.Lines(content) {
		if _, err := fmt.Fprintf(w.out, "   %s", line); err != nil {
			return 0, err
		}
	}
	return len(content), nil
}
