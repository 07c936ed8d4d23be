package environment

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/slipway-dev/slipway/workflows/rollout"
	"github.com/slipway-dev/slipway/workflows/step"
)

// shown is how many ended rollouts, and how many other entries, the workflow's page
// lists.
const shown = 10

// Phases of an environment, the value of the search attribute SlipwayPhase: what
// somebody may want to look for over all environments.
const (
	PhaseIdle    = "idle"
	PhaseMoving  = "moving"
	PhaseHeld    = "held"
	PhaseWaiting = "waiting"
	PhaseFrozen  = "frozen"
	PhaseStuck   = "stuck"
)

func (e *environment) status() (Status, error) {
	status := Status{
		Stack:       e.in.Stack,
		Environment: e.in.Environment,
		Current:     e.state.Current,
		Unknown:     e.state.Unknown,
		Held:        e.held(),
		Queue:       e.state.Queue,
		Soaking:     e.state.Soaking,
		Freezes:     e.state.Freezes,
		Excluded:    e.state.Excluded,
		History:     e.state.History,
		Log:         e.state.Log,
		Trouble:     e.waiting(),
	}
	for _, ban := range e.state.Bans {
		// One that was lifted is remembered only against late news of it.
		if ban.Holds() {
			status.Bans = append(status.Bans, ban)
		}
	}
	if e.running != nil {
		status.Running = &e.running.Deploy
	}
	return status, nil
}

// current is an error until it is known what runs: no bundle would mean that
// nothing has been released.
func (e *environment) current() (Current, error) {
	if !e.state.Recovered {
		return Current{}, errors.New("what runs here is still being read from the registry; ask again")
	}
	answer := Current{Unknown: e.state.Unknown}
	if current := e.state.Current; current != nil {
		answer.Bundle, answer.Version, answer.Commit = current.Bundle, current.Version, current.Commit
	}
	if e.running != nil {
		answer.Running = e.running.Version
	}
	for _, exclusion := range e.state.Excluded {
		answer.Excluded = append(answer.Excluded, exclusion.Cluster)
	}
	return answer, nil
}

// held says why the rollout that runs stops before its next step; empty if it does not.
func (e *environment) held() string {
	if e.running == nil || e.told.Action != rollout.Pause {
		return ""
	}
	return e.told.String()
}

// waiting says what the Environment itself waits for; empty if for nothing.
func (e *environment) waiting() string {
	if e.trouble == "" && e.unrecorded() {
		return "the registry has yet to be told that " + e.state.Current.Version + " runs here"
	}
	return e.trouble
}

// stands gives the phase.
func (e *environment) stands() string {
	switch {
	case e.held() != "":
		return PhaseHeld
	case e.running != nil:
		return PhaseMoving
	case e.state.Unknown:
		return PhaseStuck
	case len(e.state.Queue) > 0:
		return PhaseWaiting
	case len(e.state.Freezes) > 0:
		return PhaseFrozen
	}
	return PhaseIdle
}

// show puts the state on the workflow's page.
func (e *environment) show(ctx workflow.Context) {
	if phase := e.stands(); phase != e.phase {
		e.phase = phase
		step.Tag(ctx, step.PhaseAttribute.ValueSet(phase))
	}
	parts := []string{e.headline()}
	if trouble := e.waiting(); trouble != "" {
		parts = append(parts, "Waiting: "+trouble)
	}
	for _, section := range []struct {
		name   string
		header []string
		rows   [][]string
	}{
		{"Queue", []string{"version", "by", "waits for", "would change"}, e.queueRows()},
		{"Not verified yet", []string{"version", "waits for", ""}, e.soakingRows()},
		{"Frozen", []string{"freeze", "by", "until", "reason"}, e.freezeRows()},
		{"Excluded", []string{"cluster", "by", "since", "reason"}, e.excludedRows()},
		{"History", []string{"version", "verdict", "by", "ended", ""}, e.historyRows()},
		{"Log", []string{"when", "by", "what", "reason"}, e.logRows()},
	} {
		if len(section.rows) > 0 {
			parts = append(parts, section.name, step.Table(section.header, section.rows))
		}
	}
	workflow.SetCurrentDetails(ctx, strings.Join(parts, "\n\n"))
}

func (e *environment) headline() string {
	text := fmt.Sprintf("**%s** of %s runs ", e.in.Environment, e.in.Stack)
	if e.state.Current == nil {
		text += "nothing yet"
	} else {
		text += "**" + e.state.Current.Version + "**"
		if ban, banned := e.state.banned(e.state.Current.Bundle); banned {
			text += ", which " + strings.TrimPrefix(banText(ban), ban.Version+" ")
		}
	}
	if e.state.Unknown {
		text += ", or what a stuck rollout left: retry, accept, or deploy another version"
	}
	if e.running != nil {
		text += ", is going to " + e.running.Version
		if held := e.held(); held != "" {
			text += ", " + held
		}
	}
	return text
}

func (e *environment) queueRows() [][]string {
	var rows [][]string
	for _, wish := range e.state.Queue {
		waits := Waits(wish.Gates)
		if waits == "" {
			waits = "its turn"
		}
		changes := ""
		if wish.Plan != nil {
			changes = wish.Plan.Message
		}
		rows = append(rows, []string{wish.Version, wish.By, waits, changes})
	}
	return rows
}

func (e *environment) soakingRows() [][]string {
	if e.state.Soaking == nil {
		return nil
	}
	return [][]string{{e.state.Soaking.Version, describeGates(e.state.Soaking.Gates), e.state.Soaking.Message}}
}

func (e *environment) freezeRows() [][]string {
	var rows [][]string
	for _, freeze := range e.state.Freezes {
		until := "thawed"
		if !freeze.Until.IsZero() {
			until = stamp(freeze.Until)
		}
		rows = append(rows, []string{freeze.Name, freeze.By, until, freeze.Reason})
	}
	return rows
}

func (e *environment) excludedRows() [][]string {
	var rows [][]string
	for _, exclusion := range e.state.Excluded {
		rows = append(rows, []string{exclusion.Cluster, exclusion.By, stamp(exclusion.Since), exclusion.Reason})
	}
	return rows
}

func (e *environment) historyRows() [][]string {
	var rows [][]string
	for _, record := range last(e.state.History) {
		rows = append(rows, []string{record.Version, string(record.Verdict), record.By, stamp(record.Ended), record.Message})
	}
	return rows
}

func (e *environment) logRows() [][]string {
	var rows [][]string
	for _, entry := range last(e.state.Log) {
		rows = append(rows, []string{stamp(entry.At), entry.By, entry.What, entry.Reason})
	}
	return rows
}

// last gives the newest records, the newest first.
func last[T any](records []T) []T {
	newest := slices.Clone(records[max(0, len(records)-shown):])
	slices.Reverse(newest)
	return newest
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339) }
