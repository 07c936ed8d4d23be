package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/deploy/local/process"
)

// demo is one run of the story.
type demo struct {
	installation
	source string
	out    io.Writer
	began  time.Time
	step   int

	state  platformState
	worker process.Identity
	shop   shop
}

func newDemo(home installation, source string, out io.Writer) *demo {
	return &demo{installation: home, source: source, out: out, began: time.Now()}
}

// run tells the story. The first part that does not go as it should ends it.
func (d *demo) run(ctx context.Context) error {
	for _, part := range []func(context.Context) error{
		d.startPlatform, d.makeShop, d.releaseGood, d.releaseBroken, d.releaseThroughKill,
	} {
		if err := part(ctx); err != nil {
			return fmt.Errorf("%w\nlogs are in %s; what runs stays up for a look, make demo-down stops it", err, filepath.Join(d.dir, "logs"))
		}
	}
	d.farewell()
	return nil
}

func (d *demo) startPlatform(ctx context.Context) error {
	d.heading("The local platform",
		"Temporal with its UI, a registry, and a real Kubernetes control plane.",
		"Its nodes are simulated: pods are real API objects, no container runs.")
	if err := d.clear(ctx); err != nil {
		return err
	}
	state, err := d.up(ctx, "--clusters", "1")
	if err != nil {
		return err
	}
	d.state = state
	if err := d.createNamespaces(ctx, state); err != nil {
		return err
	}
	d.worker, err = d.startWorker(ctx, state, "worker-1")
	if err != nil {
		return err
	}
	d.say("a worker runs as process %d", d.worker.PID)
	return nil
}

func (d *demo) makeShop(ctx context.Context) error {
	d.heading("A stack in Git",
		"examples/shop becomes a repository: four small Go services that need each",
		"other, so that they move in three waves: store; catalog and cart; storefront.")
	var err error
	d.shop, err = newShop(ctx, d.source, filepath.Join(d.dir, "shop"), d.state.Registry)
	if err != nil {
		return err
	}
	d.say("%s is tagged v1.0.0-rc.1", d.shop.dir)
	return nil
}

func (d *demo) releaseGood(ctx context.Context) error {
	d.heading("A release",
		"The tag is an rc, so it goes to staging: images are built and pushed, then",
		"each wave is applied and watched until its pods are ready.")
	run, err := d.release(ctx, "v1.0.0-rc.1", nil)
	if err != nil {
		return err
	}
	return run.expect(exitReleased, "released")
}

func (d *demo) releaseBroken(ctx context.Context) error {
	d.heading("A broken release",
		"v1.1.0-rc.1 changes store and cart; the new cart crashes at its start. The",
		"crash is found within seconds, and everything that was touched goes back.")
	if err := d.shop.breakCart(ctx); err != nil {
		return err
	}
	before, err := d.objects(ctx)
	if err != nil {
		return err
	}
	run, err := d.release(ctx, "v1.1.0-rc.1", nil)
	if err != nil {
		return err
	}
	if err := run.expect(exitRolledBack, "rolledBack"); err != nil {
		return err
	}
	if err := run.expectFailure("cart", "CrashLoopBackOff"); err != nil {
		return err
	}
	d.say("the exit code for \"rolled back\" is %d: a CI job knows without reading", exitRolledBack)
	if err := d.expectSame(ctx, before); err != nil {
		return err
	}
	return d.expectCurrent(ctx, "1.0.0-rc.1")
}

func (d *demo) releaseThroughKill(ctx context.Context) error {
	d.heading("A killed worker",
		"v1.2.0-rc.1 mends the cart. While its second wave gets ready the worker is",
		"killed with SIGKILL; another one goes on where it stood.")
	if err := d.shop.mendCart(ctx); err != nil {
		return err
	}
	before, err := d.counts(ctx)
	if err != nil {
		return err
	}
	run, err := d.release(ctx, "v1.2.0-rc.1", d.replaceWorker)
	if err != nil {
		return err
	}
	if err := run.expect(exitReleased, "released"); err != nil {
		return err
	}
	after, err := d.counts(ctx)
	if err != nil {
		return err
	}
	return d.expectNothingTwice(before, after)
}

// replaceWorker kills the worker and starts another as soon as the starter
// shows that the second wave is being watched.
func (d *demo) replaceWorker(ctx context.Context, lines <-chan string) error {
	if err := awaitWatching(ctx, lines, "wave 2 of 3", []string{"cart", "catalog"}); err != nil {
		return err
	}
	if err := killWorker(ctx, d.worker); err != nil {
		return err
	}
	d.say(">>> worker %d is killed", d.worker.PID)
	began := time.Now()
	worker, err := d.startWorker(ctx, d.state, "worker-2")
	if err != nil {
		return err
	}
	d.worker = worker
	d.say(">>> worker %d took over, connected after %.1f s", worker.PID, time.Since(began).Seconds())
	return nil
}

func (d *demo) farewell() {
	d.heading(fmt.Sprintf("Done in %s; everything stays up", time.Since(d.began).Round(time.Second)))
	environment := filepath.Join(d.dir, "env")
	starter := d.binary("starter")
	d.say("Temporal's UI:  %s", d.state.Temporal.UI)
	d.say("")
	d.say("Worth trying next, after:  . %s", environment)
	d.say("  %s status --stack shop", starter)
	d.say("  %s rollback --stack shop --env staging --from 1.2.0-rc.1 --reason curiosity", starter)
	d.say("  %s release --repo %s --commit HEAD", starter, d.shop.dir)
	d.say("")
	d.say("make demo-down stops it all.")
}

func (d *demo) heading(title string, lines ...string) {
	d.step++
	_, _ = fmt.Fprintf(d.out, "\n%d. %s\n", d.step, title)
	for _, line := range lines {
		_, _ = fmt.Fprintf(d.out, "   %s\n", line)
	}
	_, _ = fmt.Fprintln(d.out)
}

func (d *demo) say(format string, args ...any) {
	_, _ = fmt.Fprintf(d.out, "   %s\n", strings.TrimRight(fmt.Sprintf(format, args...), "\n"))
}
