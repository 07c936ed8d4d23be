package ports_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/deploy/local/ports"
)

func TestATakenPortNamesItsOwner(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", ports.Address(0))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	port := taken.Addr().(*net.TCPAddr).Port
	err = ports.Check(port)
	if err == nil {
		t.Fatal("a taken port counts as free")
	}
	for _, want := range []string{fmt.Sprint(port), fmt.Sprintf("process %d", os.Getpid()), os.Args[0]} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not contain %q", err, want)
		}
	}
}

func TestPickGivesNoPortTwice(t *testing.T) {
	t.Parallel()
	picker := ports.NewPicker()
	seen := make(map[int]bool)
	for range 200 {
		port, err := picker.Pick()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Fatalf("port %d was picked twice", port)
		}
		if port >= 32768 {
			t.Fatalf("port %d is one that the kernel gives to clients", port)
		}
		seen[port] = true
	}
}

func TestPickPassesOverATakenPort(t *testing.T) {
	t.Parallel()
	picker := ports.NewPicker()
	port, taken := takeNext(t, picker)
	defer func() { _ = taken.Close() }()
	next, err := picker.Pick()
	if err != nil {
		t.Fatal(err)
	}
	if next == port+1 {
		t.Errorf("port %d was picked though it is taken", next)
	}
}

// takeNext picks a port of which the next one is free, and takes that.
func takeNext(t *testing.T, picker *ports.Picker) (picked int, taken net.Listener) {
	t.Helper()
	const attempts = 20
	for range attempts {
		port, err := picker.Pick()
		if err != nil {
			t.Fatal(err)
		}
		if next, err := ports.Listen(port + 1); err == nil {
			return port, next
		}
	}
	t.Fatalf("after none of %d ports the next one is free", attempts)
	return 0, nil
}
