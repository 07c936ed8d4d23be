package starter

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
)

// shownHistory is how many ended rollouts are listed: what fits at a glance.
const shownHistory = 5

// environmentText shows an environment at a glance.
func environmentText(status environment.Status) string {
	lines := []string{fmt.Sprintf("%s/%s runs %s", status.Stack, status.Environment, currentText(status.Current))}
	if running := status.Running; running != nil {
		lines = append(lines, "  now      "+deployText(*running))
	}
	if status.Held != "" {
		lines = append(lines, "           held, "+status.Held)
	}
	if status.Unknown {
		lines = append(lines, "  stuck    a rollout could be neither finished nor undone: starter retry, starter accept, or release another version")
	}
	for i, queued := range status.Queue {
		lines = append(lines, "  "+label("queue", i)+deployText(queued.Deploy))
		for _, gate := range queued.Gates {
			lines = append(lines, "           "+gateText(gate))
		}
		if queued.Plan != nil {
			lines = append(lines, "           would change: "+queued.Plan.Message+"; starter plan shows it")
		}
	}
	lines = append(lines, standingText(status)...)
	if status.Trouble != "" {
		lines = append(lines, "  trouble  "+status.Trouble)
	}
	history := status.History[max(0, len(status.History)-shownHistory):]
	for i, record := range slices.Backward(history) {
		lines = append(lines, "  "+label("history", len(history)-1-i)+recordText(record))
	}
	for i := range lines {
		lines[i] = progress.Printable(lines[i])
	}
	return strings.Join(lines, "\n") + "\n"
}

// label names a block in its first line.
func label(name string, line int) string {
	if line > 0 {
		name = ""
	}
	return fmt.Sprintf("%-9s", name)
}

// standingText tells what stands until somebody changes it.
func standingText(status environment.Status) []string {
	var lines []string
	if soaking := status.Soaking; soaking != nil {
		lines = append(lines, "  verify   "+soaking.Version+" has to pass before stable may follow")
		for _, gate := range soaking.Gates {
			lines = append(lines, "           "+gateText(gate))
		}
		if soaking.Message != "" {
			lines = append(lines, "           "+soaking.Message)
		}
	}
	for i, freeze := range status.Freezes {
		until := "until somebody thaws it"
		if !freeze.Until.IsZero() {
			until = "until " + moment(freeze.Until)
		}
		lines = append(lines, "  "+label("frozen", i)+freeze.String()+", "+until)
	}
	for i, exclusion := range status.Excluded {
		lines = append(lines, "  "+label("excluded", i)+exclusion.Cluster+" since "+moment(exclusion.Since)+wanted(exclusion.By, exclusion.Reason))
	}
	for i, ban := range status.Bans {
		lines = append(lines, "  "+label("banned", i)+ban.Version+wanted(ban.By, ban.Reason))
	}
	return lines
}

func gateText(gate environment.Gate) string {
	text := "waits for " + gate.Name
	if gate.Open {
		text = "passed " + gate.Name
	}
	if gate.Message != "" {
		text += ": " + gate.Message
	}
	if !gate.Open && !gate.Until.IsZero() {
		text += ", until " + moment(gate.Until)
	}
	return text
}

func currentText(current *environment.Record) string {
	if current == nil {
		return "nothing yet"
	}
	return fmt.Sprintf("%s since %s (%s)", current.Version, moment(current.Ended), progress.Short(current.Bundle.Digest))
}

func deployText(deploy environment.Deploy) string {
	text := deploy.Version
	if deploy.Rollback {
		text += " (rollback)"
	}
	if deploy.Reconcile {
		text += " (reconcile)"
	}
	return text + wanted(deploy.By, deploy.Reason)
}

func recordText(record environment.Record) string {
	text := fmt.Sprintf("%s  %-16s %s", moment(record.Ended), record.Version, words(string(record.Verdict)))
	if record.Why != "" {
		text += " (" + record.Why + ")"
	}
	text += wanted(record.By, record.Reason)
	if record.Message != "" {
		text += ": " + record.Message
	}
	return text
}

func wanted(by, reason string) string {
	text := ""
	if by != "" {
		text += ", asked by " + by
	}
	if reason != "" {
		text += ", " + reason
	}
	return text
}

// moment gives a time in UTC: a log that is read in two places is read the same.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
