package rig_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/activities/process/processtest"
	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
)

// victimVariable makes the test a victim that tells in a file what it runs.
const victimVariable = "RIG_TEST_VICTIM"

// TestAKilledTestLeavesNothingRunning starts itself again and kills that. A test
// that runs into its time limit ends in the same way: without its clean-up.
func TestAKilledTestLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	platformtest.Bin(t)
	if file := os.Getenv(victimVariable); file != "" {
		beVictim(t, file)
		return
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "running")
	victim := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	victim.Env = append(os.Environ(), victimVariable+"="+file, "TMPDIR="+dir)
	victim.Stdout, victim.Stderr = t.Output(), t.Output()
	victim.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = victim.Process.Kill() })
	running := awaitRunning(t, file)
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	for name, pid := range running {
		t.Logf("waiting for the end of %s, process %d", name, pid)
		processtest.AwaitEnd(t, pid)
	}
}

// beVictim runs a platform and a worker and waits to be killed.
func beVictim(t *testing.T, file string) {
	t.Helper()
	platform := platformtest.Start(t, 1)
	running := platform.PIDs
	running["worker"] = rig.New(t, platform).Worker().PID()
	content, err := json.Marshal(running)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	<-t.Context().Done()
}

// awaitRunning waits until the victim has told what it runs.
func awaitRunning(t *testing.T, file string) map[string]int {
	t.Helper()
	deadline := time.NewTimer(3 * time.Minute)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if content, err := os.ReadFile(file); err == nil {
			var running map[string]int
			if err := json.Unmarshal(content, &running); err != nil {
				t.Fatal(err)
			}
			return running
		}
		select {
		case <-deadline.C:
			t.Fatal("the victim does not come to life")
		case <-tick.C:
		}
	}
}
