package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// shop is a Git repository made out of the example, as its team would have it.
type shop struct {
	dir string
}

// readyAfter makes simulated pods take a while, so that there is something to
// see. The example itself knows nothing of simulation.
const readyAfter = `slipway.dev/simulate-ready-after: 1500ms`

// crash makes simulated pods behave like a service that does not start.
const crash = `slipway.dev/simulate: crash-loop
              slipway.dev/simulate-message: "panic: the till does not open: no such currency \"florin\""`

// newShop copies the example, points it at the platform's registry, and makes
// its first commit and tag.
func newShop(ctx context.Context, source, dir, registry string) (shop, error) {
	s := shop{dir: dir}
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		return s, fmt.Errorf("copying %s: %w", source, err)
	}
	if err := s.replace("slipway.yaml", "push: localhost:5000/", "push: "+registry+"/"); err != nil {
		return s, err
	}
	if err := s.simulate(); err != nil {
		return s, err
	}
	if err := s.git(ctx, "init", "--quiet", "--initial-branch=main"); err != nil {
		return s, err
	}
	return s, s.commit(ctx, "The shop opens", "v1.0.0-rc.1")
}

// breakCart is a change that looks harmless: a larger cart, a larger store.
// The new cart does not start.
func (s shop) breakCart(ctx context.Context) error {
	for file, change := range map[string][2]string{
		"cart/cart.go":                {"maxItems = 20", "maxItems = 50"},
		"store/main.go":               {"maxKeys = 10_000", "maxKeys = 20_000"},
		"cart/k8s/kustomization.yaml": {readyAfter, crash},
	} {
		if err := s.replace(file, change[0], change[1]); err != nil {
			return err
		}
	}
	return s.commit(ctx, "Carts hold 50 items", "v1.1.0-rc.1")
}

// mendCart takes back what broke the cart and changes a setting of the storefront.
func (s shop) mendCart(ctx context.Context) error {
	if err := s.replace("cart/k8s/kustomization.yaml", crash, readyAfter); err != nil {
		return err
	}
	if err := s.replace("storefront/k8s/storefront.env", "delivered today", "delivered within the hour"); err != nil {
		return err
	}
	return s.commit(ctx, "The till opens again", "v1.2.0-rc.1")
}

// simulate adds to each service what the simulated nodes go by. Plain
// directories of manifests become kustomizations for it.
func (s shop) simulate() error {
	for service, kind := range map[string]string{
		"store": "StatefulSet", "catalog": "Deployment", "cart": "Deployment", "storefront": "Deployment",
	} {
		path := filepath.Join(s.dir, service, "k8s", "kustomization.yaml")
		content, err := os.ReadFile(filepath.Clean(path))
		if os.IsNotExist(err) {
			content = []byte("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [deployment.yaml, service.yaml]\n")
		} else if err != nil {
			return fmt.Errorf("adding the simulation of %s: %w", service, err)
		}
		if err := os.WriteFile(path, append(content, patch(kind)...), 0o600); err != nil { //nolint:gosec // in the demo's own repository
			return fmt.Errorf("adding the simulation of %s: %w", service, err)
		}
	}
	return nil
}

func patch(kind string) string {
	return fmt.Sprintf(`patches:
  # How the simulated nodes of the demo treat the pods; real nodes ignore it.
  - target: {kind: %[1]s}
    patch: |-
      apiVersion: apps/v1
      kind: %[1]s
      metadata: {name: any}
      spec:
        template:
          metadata:
            annotations:
              %[2]s
`, kind, readyAfter)
}

// replace changes a text that must occur exactly once: when the example has
// changed, the demo must not go on as if nothing had.
func (s shop) replace(file, from, to string) error {
	path := filepath.Join(s.dir, file)
	content, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return fmt.Errorf("changing the shop: %w", err)
	}
	if n := strings.Count(string(content), from); n != 1 {
		return fmt.Errorf("changing the shop: %s holds %q %d times, want once", file, from, n)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(content), from, to, 1)), 0o600); err != nil { //nolint:gosec // in the demo's own repository
		return fmt.Errorf("changing the shop: %w", err)
	}
	return nil
}

func (s shop) commit(ctx context.Context, message, tag string) error {
	if err := s.git(ctx, "add", "--all"); err != nil {
		return err
	}
	if err := s.git(ctx, "commit", "--quiet", "--message", message); err != nil {
		return err
	}
	return s.git(ctx, "tag", "--annotate", "--message", message, tag)
}

// git runs with an author of its own and without what the user may have set up
// to be asked for at each commit.
func (s shop) git(ctx context.Context, args ...string) error {
	settings := []string{
		"-c", "user.name=Demo", "-c", "user.email=demo@example.com",
		"-c", "commit.gpgSign=false", "-c", "tag.gpgSign=false", "-c", "core.hooksPath=/dev/null",
	}
	command := exec.CommandContext(ctx, "git", append(settings, args...)...)
	command.Dir = s.dir
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(string(output)))
	}
	return nil
}
