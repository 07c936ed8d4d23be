package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The demo changes texts of the example; this finds out when they have moved.
func TestTheStoryFitsTheExample(t *testing.T) {
	t.Parallel()
	source, err := filepath.Abs("../../../../examples/shop")
	if err != nil {
		t.Fatal(err)
	}
	s, err := newShop(t.Context(), source, filepath.Join(t.TempDir(), "shop"), "127.0.0.1:4321")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.breakCart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.mendCart(t.Context()); err != nil {
		t.Fatal(err)
	}
	show := func(object string) string {
		out, err := exec.CommandContext(t.Context(), "git", "-C", s.dir, "show", object).Output()
		if err != nil {
			t.Fatalf("git show %s: %v", object, err)
		}
		return string(out)
	}
	if got := show("v1.0.0-rc.1:slipway.yaml"); !strings.Contains(got, "push: 127.0.0.1:4321/shop") {
		t.Errorf("the registry is not the platform's:\n%s", got)
	}
	for tag, crashes := range map[string]bool{"v1.0.0-rc.1": false, "v1.1.0-rc.1": true, "v1.2.0-rc.1": false} {
		if got := strings.Contains(show(tag+":cart/k8s/kustomization.yaml"), "crash-loop"); got != crashes {
			t.Errorf("the cart of %s crashes: %v, want %v", tag, got, crashes)
		}
	}
	for _, service := range []string{"store", "catalog", "cart", "storefront"} {
		if got := show("v1.0.0-rc.1:" + service + "/k8s/kustomization.yaml"); !strings.Contains(got, "simulate-ready-after") {
			t.Errorf("%s is not simulated:\n%s", service, got)
		}
	}
}

func TestATextThatIsNotThereOnceIsAnError(t *testing.T) {
	t.Parallel()
	s := shop{dir: t.TempDir()}
	if err := os.WriteFile(filepath.Join(s.dir, "f"), []byte("a b a"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.replace("f", "b", "c"); err != nil {
		t.Error(err)
	}
	for _, text := range []string{"a", "z"} {
		if err := s.replace("f", text, "x"); err == nil {
			t.Errorf("replacing %q was taken", text)
		}
	}
}

func TestTheWorkerIsKilledOnlyWhenTheSecondWaveIsWatched(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		progress []string
		watched  bool
	}{
		"pods of the second wave are on their way": {[]string{
			"    5.1s    store        1/2 ready: pod store-1 is Pending",
			"    8.7s  staging: wave 2 of 3: catalog, cart",
			"    8.7s    cart         1/2 ready: pod cart-1 runs but is not ready",
		}, true},
		"the second wave is over at once": {[]string{
			"    8.7s  staging: wave 2 of 3: catalog, cart",
			"    8.9s    cart         2/2 ready, released",
			"    8.9s    storefront   1/2 ready: pod storefront-1 is Pending",
		}, false},
		"only the first wave is watched": {[]string{
			"    5.1s  staging: wave 1 of 3: store",
			"    5.1s    store        1/2 ready: pod store-1 is Pending",
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines := make(chan string, len(c.progress))
			for _, line := range c.progress {
				lines <- line
			}
			close(lines)
			err := awaitWatching(t.Context(), lines, "wave 2 of 3", []string{"cart", "catalog"})
			if (err == nil) != c.watched {
				t.Errorf("got %v, want watched %v", err, c.watched)
			}
		})
	}
}

func TestWhatWasDoneTwiceIsFound(t *testing.T) {
	t.Parallel()
	d := newDemo(installation{}, "", io.Discard)
	before := counts{writes: map[string]int{"deployments.apps/cart": 2}, manifests: map[string]int{"r@old": 1}}
	once := counts{
		writes:    map[string]int{"deployments.apps/cart": 3},
		manifests: map[string]int{"r@old": 1, "r@new": 1},
	}
	if err := d.expectNothingTwice(before, once); err != nil {
		t.Error(err)
	}
	for name, after := range map[string]counts{
		"an object written twice":   {writes: map[string]int{"deployments.apps/cart": 4}, manifests: once.manifests},
		"a manifest pushed twice":   {writes: once.writes, manifests: map[string]int{"r@old": 1, "r@new": 2}},
		"counters that saw nothing": before,
	} {
		if err := d.expectNothingTwice(before, after); err == nil {
			t.Errorf("%s was not found", name)
		}
	}
}

func TestADirectoryOfSomebodyElseIsNotEmptied(t *testing.T) {
	t.Parallel()
	home := installation{bin: fakeBin(t), dir: t.TempDir()}
	precious := filepath.Join(home.dir, "thesis.txt")
	if err := os.WriteFile(precious, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := home.clear(t.Context()); err == nil {
		t.Error("a directory that no demo made was taken")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
	ours := installation{bin: home.bin, dir: filepath.Join(t.TempDir(), "state")}
	for range 2 {
		if err := ours.clear(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// fakeBin holds a slipway-local that has nothing to stop.
func fakeBin(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Symlink("/bin/true", filepath.Join(dir, "slipway-local")); err != nil {
		t.Fatal(err)
	}
	return dir
}
