package progress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// Tone of a fact: whether a person should worry.
type tone int

const (
	plain tone = iota
	good
	bad
	// quiet facts are worth a place on a screen, but no line of their own.
	quiet
)

// fact is one thing that is known. A later fact of the same key replaces it.
type fact struct {
	key  string
	text string
	// details are lines below the text.
	details []string
	tone    tone
}

// facts lists what a look found, in the order in which people read it.
func facts(seen Seen) []fact {
	all := []fact{releaseFact(seen.Release)}
	for _, image := range seen.Release.Images {
		all = append(all, imageFact(image, seen.Building[image.Service]))
	}
	if ref := seen.Release.Bundle; ref != nil {
		all = append(all, fact{key: "bundle", text: "bundle  " + ref.Repository + "@" + Short(ref.Digest)})
	}
	for _, env := range seen.Release.Environments {
		several := len(seen.Release.Environments) > 1
		all = append(all, environmentFacts(env, seen.Rollouts[env.Environment], seen.Trouble[env.Environment], several)...)
	}
	if seen.Notice != "" {
		all = append(all, fact{key: "notice", text: seen.Notice, tone: bad})
	}
	all = slices.DeleteFunc(all, func(f fact) bool { return f.text == "" })
	for i := range all {
		all[i].text = Printable(all[i].text)
		for j := range all[i].details {
			all[i].details[j] = Printable(all[i].details[j])
		}
	}
	return all
}

func releaseFact(status release.Status) fact {
	name := status.Stack + " " + status.Version
	if status.Channel != "" {
		name += " (" + string(status.Channel) + ")"
	}
	switch status.Phase {
	case release.PhaseReading:
		return fact{key: "release", text: "reading what to release"}
	case release.PhaseBuilding:
		return fact{key: "release", text: fmt.Sprintf("%s: building %s from commit %s",
			name, plural(len(status.Images), "image"), shortCommit(status.Commit))}
	case release.PhaseAssembling:
		return fact{key: "release", text: name + ": assembling the bundle"}
	case release.PhaseDeploying:
		return fact{key: "release", text: name + ": deploying", tone: quiet}
	case "":
		return fact{}
	default:
		return fact{key: "release", text: name + ": " + status.Phase, tone: quiet}
	}
}

func imageFact(image release.ImageStatus, doing string) fact {
	f := fact{key: "image/" + image.Service}
	name := "image   " + pad(image.Service)
	switch {
	case image.State == "failed":
		f.text, f.tone = name+" failed", bad
		f.details = strings.Split(strings.TrimSpace(image.Reason), "\n")
	case image.Image == nil && doing != "":
		f.text, f.tone = name+" building: "+doing, quiet
	case image.Image == nil:
		f.text, f.tone = name+" "+image.State, quiet
	case image.Image.Found:
		f.text = fmt.Sprintf("%s found     %s  %s, nothing to build", name, Short(image.Image.Digest), Bytes(image.Image.Size))
		f.tone = good
	default:
		f.text = fmt.Sprintf("%s %-8s  %s  %s", name, image.State, Short(image.Image.Digest), Bytes(image.Image.Size))
		f.tone = good
	}
	return f
}

func environmentFacts(env release.EnvironmentStatus, status rollout.Status, trouble string, several bool) []fact {
	f := fact{key: "environment/" + env.Environment}
	label := ""
	if several {
		label = env.Environment + " "
	}
	if env.Outcome != nil {
		return slices.Concat(
			serviceFacts(env.Environment, label, settled(status, env.Outcome.Result)),
			hookFacts(env.Environment, label, settledHooks(status, env.Outcome.Result)),
			[]fact{verdictFact(f.key, env.Environment, env.Outcome.Result)})
	}
	switch {
	case trouble != "":
		f.text, f.tone = env.Environment+": "+trouble, bad
	case env.State == environment.Queued:
		f.text = fmt.Sprintf("%s: queued, %s", env.Environment, ahead(env.Ahead))
		if env.Waits != "" {
			f.text = env.Environment + ": waits for " + env.Waits
		}
	case env.State == environment.Running:
		f.text, f.tone = env.Environment+": "+phaseText(status), phaseTone(status.Phase)
	case env.State == environment.Done:
		// Its outcome is on its way and will be told.
	default:
		f.text, f.tone = env.Environment+": "+env.State, quiet
	}
	all := serviceFacts(env.Environment, label, status.Services)
	all = slices.Insert(all, past(status, all), f)
	return append(all, hookFacts(env.Environment, label, status.Hooks)...)
}

// past counts the facts about waves that are done: they belong before the line
// that tells of the wave under way.
func past(status rollout.Status, services []fact) int {
	if status.Phase != rollout.PhaseMoving || status.Wave < 1 || status.Wave > len(status.Waves) {
		return 0
	}
	done := slices.Concat(status.Waves[:status.Wave-1]...)
	count := 0
	for _, f := range services {
		if slices.Contains(done, f.key[strings.LastIndexByte(f.key, '/')+1:]) {
			count++
		}
	}
	return count
}

// settled prefers what the result says of services over the last look.
func settled(status rollout.Status, result rollout.Result) []rollout.Service {
	if len(result.Services) > 0 {
		return result.Services
	}
	return status.Services
}

func phaseText(status rollout.Status) string {
	switch status.Phase {
	case rollout.PhaseChecking:
		return "checking every object and image before the first write"
	case rollout.PhaseMoving:
		return waveText(status)
	case rollout.PhaseHeld:
		return "held before its next step, " + status.Held
	case rollout.PhasePruning:
		return "removing what the new release no longer has"
	case rollout.PhaseRestoring:
		text := "restoring"
		if status.FromVersion != "" {
			text += " " + status.FromVersion
		}
		if status.Message != "" && !explained(status.Services) && !toldByHooks(status.Hooks) {
			text += ": " + status.Message
		}
		return text
	default:
		return "starting"
	}
}

func phaseTone(phase string) tone {
	if phase == rollout.PhaseRestoring {
		return bad
	}
	return plain
}

func waveText(status rollout.Status) string {
	if status.Wave < 1 || status.Wave > len(status.Waves) {
		return "moving"
	}
	text := fmt.Sprintf("wave %d of %d: %s", status.Wave, len(status.Waves), strings.Join(status.Waves[status.Wave-1], ", "))
	if len(status.On) > 0 {
		text += " on " + strings.Join(status.On, ", ")
	}
	return text
}

func ahead(n int) string {
	switch n {
	case 0:
		return "next"
	case 1:
		return "1 ahead"
	default:
		return fmt.Sprintf("%d ahead", n)
	}
}
