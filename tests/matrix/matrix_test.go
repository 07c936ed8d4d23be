// Package matrix disturbs a release of three services on two clusters at each of
// its steps in each way that there is, and wants one outcome and one effect each.
//
// The steps are those of two recorded releases, a good one and one that fails,
// so that a new kind of step is tried without being listed anywhere.
package matrix

import (
	"fmt"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// lanes is how many environments there are at most. As many work at a time as
// go test runs in parallel; another takes over from one in which a run failed.
const lanes = 24

// TestFaultMatrix writes the matrix to the file that SLIPWAY_MATRIX names. Every
// step is tried with FULL=1; RUN picks those whose text, "step/fault", matches.
func TestFaultMatrix(t *testing.T) {
	file := os.Getenv("SLIPWAY_MATRIX")
	if file == "" {
		t.Skip("takes minutes: run make fault-matrix")
	}
	s := newScene(t)
	good, bad := record(t, s, false), record(t, s, true)
	all := steps(good, bad)
	tried := cells(chosen(all), regexp.MustCompile(os.Getenv("RUN")))
	ends := newTable(tried, len(all))
	defer func() {
		if err := os.WriteFile(file, []byte(ends.String()), 0o600); err != nil {
			t.Error(err)
		}
	}()
	queue := make(chan cell, len(tried))
	for _, c := range tried {
		queue <- c
	}
	close(queue)
	// The group ends when all of its lanes have.
	t.Run("in", func(t *testing.T) {
		for lane := range lanes {
			t.Run(fmt.Sprint("lane ", lane+1), func(t *testing.T) {
				t.Parallel()
				work(t, queue, ends, good, bad)
			})
		}
	})
	if left := len(queue); left > 0 {
		t.Errorf("%d runs were left over when every lane had failed", left)
	}
}

// cell is a run: a fault at a step.
type cell struct {
	at    step
	fault fault
}

func (c cell) String() string { return c.at.String() + "/" + c.fault.name }

// cells gives the runs. Of the two sides on which a step can be left by a killed
// worker a step has one, in turns, unless all of them are tried.
func cells(tried []step, wanted *regexp.Regexp) []cell {
	var all []cell
	for i, at := range tried {
		for _, disturbed := range allFaults {
			c := cell{at, disturbed}
			if wanted.MatchString(c.String()) && (full() || !disturbed.inTurns(i)) {
				all = append(all, c)
			}
		}
	}
	return all
}

// work runs what the queue has, one after the other, until one fails.
func work(t *testing.T, queue <-chan cell, ends *table, good, bad recording) {
	t.Helper()
	var s *scene
	for c := range queue {
		t.Logf("%s", c)
		ends.begin(c)
		if s == nil {
			s = newScene(t)
		}
		verdict, took := s.run(c, good, bad)
		if t.Failed() {
			return
		}
		ends.end(c, verdict, took)
	}
}

// run disturbs one release, checks what has become of it, and gives how it ended
// and after how long.
func (s *scene) run(c cell, good, bad recording) (rollout.Verdict, time.Duration) {
	s.t.Helper()
	s.prepare(c.at.failing())
	old := s.before
	began := time.Now()
	var strike func(*rig.Process)
	if !c.at.failing() {
		strike = c.fault.arm(s, c.at)
	}
	starter := s.release()
	if c.at.failing() {
		s.awaitLastWatch()
		strike = c.fault.arm(s, c.at)
		s.fail()
	}
	strike(starter)
	code, result := s.end(starter)
	took := time.Since(began)

	want, required := undisturbed(c.at.failing()), func(write) bool { return true }
	if c.fault.ends != nil {
		want = c.fault.ends(c.at)
		required = func(w write) bool { return result.Verdict == rollout.Released && w.verb != "delete" }
	}
	if result.Verdict != want || code != exits[want] {
		s.t.Fatalf("the release ended %s with exit code %d, want %s: %s\n%s", result.Verdict, code, want, result.Message, starter.Log())
	}
	s.wantOneOutcome(result, old)
	s.wantOneEffectEach(result, old, good, bad, required)
	return result.Verdict, took
}

// undisturbed is how a release ends that nobody disturbs.
func undisturbed(failing bool) rollout.Verdict {
	if failing {
		return rollout.Restored
	}
	return rollout.Released
}
