package platformtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Start starts a platform that belongs to the test alone.
func Start(t testing.TB, clusters int) *Platform {
	t.Helper()
	program := filepath.Join(Bin(t), "slipway-local")
	dir := t.TempDir()
	// The platform stops when nobody holds the other end of its input any more,
	// which is when this process has ended, even if it was killed.
	input, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	up := exec.CommandContext(t.Context(), program, "up", "--dir", dir, "--bin", Bin(t), "--clusters", strconv.Itoa(clusters), "--detach", "--until-eof")
	up.Stdin = input
	// The last thing a test waits for is its platform's end.
	t.Cleanup(func() {
		defer held.Close()
		down := exec.Command(program, "down", "--dir", dir)
		if output, err := down.CombinedOutput(); err != nil {
			t.Errorf("stopping the platform: %v\n%s", err, output)
		}
	})
	if output, err := up.CombinedOutput(); err != nil {
		t.Fatalf("starting a platform: %v\n%s", err, output)
	}
	return read(t, filepath.Join(dir, "platform.json"))
}
