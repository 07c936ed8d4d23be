package matrix

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// write names writes of a kind to an object.
type write struct {
	target, verb, object, manager string
}

// step is one thing that a rollout does: an activity, or a write of one.
type step struct {
	activity activity
	write    write
	// n counts the same writes of one rollout, from 0, and from 0 again on its way back.
	n     int
	phase phase
}

// phase is where in a release a step is.
type phase int

const (
	checking phase = iota // nothing can have been written
	moving
	pruning // it was decided that the release is good
	restoring
)

// failing tells that only a failing release takes the step, on its way back.
func (s step) failing() bool { return s.phase == restoring }

func (s step) isWrite() bool { return s.write != write{} }

func (s step) target() string { return cmp.Or(s.write.target, s.activity.target) }

// kind is what a step has in common with others of which only some are tried.
func (s step) kind() string {
	if !s.isWrite() {
		return s.activity.name
	}
	kind := fmt.Sprint(s.failing(), " ", s.write.verb, " ", s.write.manager)
	switch {
	case s.write.object == fenceObject:
		kind += " fence"
	case s.write.manager != fenceManager && strings.HasPrefix(s.write.object, "configmaps/"):
		kind += " config"
	}
	return kind
}

func (s step) String() string {
	if !s.isWrite() {
		return strings.TrimSpace(fmt.Sprintf("%s %d %s", s.activity.name, s.activity.n+1, s.activity.target))
	}
	text := s.write.verb + " " + s.write.object
	if s.write.manager == fenceManager && s.write.object != fenceObject {
		text = "fence off " + s.write.object
	}
	if s.failing() {
		text = "back: " + text
	}
	return text + " " + s.write.target
}

const (
	fenceObject  = "configmaps/fence"
	fenceManager = "slipway-fence"
)

// recording is what a release does when nobody disturbs it.
type recording struct {
	activities []activity
	// forward and back are the effects before and after it was given up.
	forward, back []write
}

// record releases once and writes down what happens.
func record(t *testing.T, s *scene, failing bool) recording {
	t.Helper()
	s.prepare(failing)
	old := s.before
	starter := s.release()
	if failing {
		s.awaitLastWatch()
		s.fail()
	}
	want := undisturbed(failing)
	code, result := s.end(starter)
	if result.Verdict != want || code != exits[want] {
		t.Fatalf("a release that nobody disturbed ended %s, want %s: %s\n%s", result.Verdict, want, result.Message, starter.Log())
	}
	forward, back := s.effects(result, old)
	return recording{activities: s.front.seen(), forward: forward, back: back}
}

// effects gives what a release that found the old revision has written, before
// and after it was given up; one that was not has only written before.
func (s *scene) effects(result rollout.Result, old int) (forward, back []write) {
	s.t.Helper()
	for _, cluster := range clusters {
		for _, effect := range s.Counts(s.t, cluster, s.namespace).Effects[s.marks[cluster]:] {
			// A pod that stands in the way of a restore is deleted as often as it takes.
			if !strings.HasPrefix(effect.UserAgent, "slipway/") || effect.Resource == "pods" {
				continue
			}
			w := write{target: cluster, verb: effect.Verb, object: s.anonymous(effect, old), manager: effect.Manager}
			if result.Verdict == rollout.Restored && effect.Time.After(result.Decided) {
				back = append(back, w)
			} else {
				forward = append(forward, w)
			}
		}
	}
	return forward, back
}

// names gives what objects have for names that are others in each release, by
// what they are called here.
func (s *scene) names(old int) map[string]string {
	return map[string]string{
		fenceObject:                "slipway-" + s.namespace + "-staging",
		"configmaps/old config":    s.configs[old],
		"configmaps/new config":    s.configs[s.after],
		"configmaps/web's old one": fmt.Sprintf("web-%d", old),
		"configmaps/web's new one": fmt.Sprintf("web-%d", s.after),
	}
}

func (s *scene) anonymous(effect platformtest.Effect, old int) string {
	for object, name := range s.names(old) {
		if strings.HasPrefix(object, effect.Resource+"/") && name == effect.Name {
			return object
		}
	}
	return effect.Resource + "/" + effect.Name
}

// rule matches a write of the release that is about to begin.
func (s *scene) rule(w write, at string, n int) platformtest.Rule {
	resource, name, _ := strings.Cut(w.object, "/")
	resource, _, _ = strings.Cut(resource, ".")
	path := "/namespaces/" + s.namespace + "/" + resource
	if w.verb != "create" {
		path += "/" + regexp.QuoteMeta(cmp.Or(s.names(s.before)[w.object], name))
	}
	if w.manager == "" {
		path += `(\?|$)`
	} else {
		path += `\?(.*&)?fieldManager=` + regexp.QuoteMeta(w.manager) + "(&|$)"
	}
	return platformtest.Rule{Verbs: []string{w.verb}, UserAgent: "^slipway/", Path: path, At: at, Skip: n}
}

// steps finds the steps of a good release, and those by which a failing one goes
// back. Those that are the same but for their place stand together.
func steps(good, bad recording) []step {
	found := make([]step, 0, len(good.activities)+len(bad.activities)+len(good.forward)+len(bad.back))
	reached := checking
	for _, a := range good.activities {
		switch a.name {
		case "ApplyWave":
			reached = moving
		case "PruneTarget":
			reached = pruning
		}
		found = append(found, step{activity: a, phase: reached})
	}
	found = append(found, writes(good.forward, moving)...)
	for _, a := range bad.activities {
		if !slices.Contains(good.activities, a) {
			found = append(found, step{activity: a, phase: restoring})
		}
	}
	found = append(found, writes(bad.back, restoring)...)
	first := map[string]int{}
	for i, s := range found {
		if _, known := first[s.kind()]; !known {
			first[s.kind()] = i
		}
	}
	slices.SortFunc(found, func(a, b step) int {
		return cmp.Or(
			cmp.Compare(first[a.kind()], first[b.kind()]), cmp.Compare(a.activity.n, b.activity.n),
			cmp.Compare(a.write.object, b.write.object), cmp.Compare(a.target(), b.target()), cmp.Compare(a.n, b.n),
		)
	})
	return found
}

// writes makes steps of effects. Going forward only pruning deletes.
func writes(effects []write, reached phase) []step {
	counts := map[write]int{}
	found := make([]step, 0, len(effects))
	for _, w := range effects {
		s := step{write: w, n: counts[w], phase: reached}
		if reached == moving && w.verb == "delete" {
			s.phase = pruning
		}
		found = append(found, s)
		counts[w]++
	}
	return found
}

func full() bool { return os.Getenv("FULL") == "1" }

// chosen gives the first, the middle and the last step of each kind; all of
// them with FULL=1.
func chosen(all []step) []step {
	if full() {
		return all
	}
	kinds := map[string][]step{}
	for _, s := range all {
		kinds[s.kind()] = append(kinds[s.kind()], s)
	}
	return slices.DeleteFunc(slices.Clone(all), func(s step) bool {
		same := kinds[s.kind()]
		return !slices.Contains([]step{same[0], same[len(same)/2], same[len(same)-1]}, s)
	})
}
