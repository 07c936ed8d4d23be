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
	for i, queued := range status.Queue {
		label := "         "
		if i == 0 {
			label = "queue    "
		}
		lines = append(lines, "  "+label+deployText(queued))
	}
	if status.Trouble != "" {
		lines = append(lines, "  trouble  "+status.Trouble)
	}
	shown := 0
	for _, record := range slices.Backward(status.History) {
		label := "         "
		if shown == 0 {
			label = "history  "
		}
		if shown++; shown > shownHistory {
			break
		}
		lines = append(lines, "  "+label+recordText(record))
	}
	for i := range lines {
		lines[i] = progress.Printable(lines[i])
	}
	return strings.Join(lines, "\n") + "\n"
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
