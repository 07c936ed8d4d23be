package matrix

import (
	"time"

	"github.com/slipway-dev/slipway/tests/rig"
)

// stopped is a release that stands still at a step.
type stopped struct {
	scene *scene
	// reached tells whether it does, after a short wait.
	reached func() bool
	// release lets it go on; a write that is dropped loses its connection.
	release func(drop bool)
}

// stop lets the release stand still before a step, or after it was taken and
// before the worker or Temporal hear of it.
func (s *scene) stop(at step, taken bool) *stopped {
	s.t.Helper()
	if !at.isWrite() {
		held := s.front.hold(at.activity, taken)
		return &stopped{scene: s, release: func(bool) { close(held.released) }, reached: func() bool {
			select {
			case <-held.caught:
				return true
			case <-time.After(time.Second):
				return false
			}
		}}
	}
	moment := "request"
	if taken {
		moment = "response"
	}
	where := "clusters/" + at.target()
	id := s.play(where, "hold", s.rule(at.write, moment, at.n))
	return &stopped{
		scene:   s,
		reached: func() bool { return s.Caught(s.t, where, id, time.Second) },
		release: func(drop bool) { s.Platform.Release(s.t, where, id, drop) },
	}
}

// await waits until the release stands still.
func (s *stopped) await(starter *rig.Process) {
	s.scene.t.Helper()
	s.scene.reach(starter, s.reached)
}

// reach waits until a step is reached, and fails when the release ends without.
func (s *scene) reach(starter *rig.Process, reached func() bool) {
	s.t.Helper()
	s.Eventually("the step is reached", func() bool {
		ended := starter.Ended()
		if reached() {
			return true
		}
		if ended {
			s.t.Fatalf("the release ended without the step\n%s", starter.Log())
		}
		return false
	})
}
