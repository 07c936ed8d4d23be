package starter

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-dev/slipway/starter/progress"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// HistoryEntry is one line of an environment's history.
type HistoryEntry struct {
	At time.Time `json:"at"`
	// What was done: "release", or what somebody did besides.
	What    string `json:"what"`
	Version string `json:"version,omitempty"`
	Verdict string `json:"verdict,omitempty"`
	Why     string `json:"why,omitempty"`
	By      string `json:"by,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

func newHistory(streams Streams) *cobra.Command {
	var where address
	var output string
	var lines int
	cmd := &cobra.Command{
		Use:   "history --stack STACK --env ENVIRONMENT",
		Short: "show who did what in an environment, when, why, and how it ended",
		Long: `History shows how the last rollouts of an environment ended, and what people did
besides: approvals, overrides, freezes, bans, maintenance. The newest comes
first. Fifty of each are kept; older ones are in Temporal and the registry.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return showHistory(cmd.Context(), streams, where, output, lines)
		},
	}
	where.flags(cmd)
	cmd.Flags().IntVarP(&lines, "lines", "n", 30, "how many")
	cmd.Flags().StringVarP(&output, "output", "o", "text", "what to print on stdout: text or json")
	return cmd
}

func showHistory(ctx context.Context, streams Streams, where address, output string, lines int) error {
	if err := (&waiting{output: output}).check(); err != nil {
		return err
	}
	if lines < 1 {
		return fail(ExitBadInput, "--lines %d: want at least one", lines)
	}
	ctx, release := streams.untilInterrupt(ctx)
	defer release()
	c, options, err := connect(ctx)
	if err != nil {
		return orInterrupt(ctx, err)
	}
	defer c.Close()
	id := environment.ID(where.stack, where.environment)
	var status environment.Status
	switch err := newLooker(c, options).query(ctx, id, "", &status); {
	case isNotFound(err):
		return fail(ExitBadInput, "%s: nothing was ever deployed there, or the names are wrong", id)
	case err != nil:
		return noAnswer(err)
	}
	entries := history(status)
	entries = entries[:min(len(entries), lines)]
	if output == "json" {
		return printJSON(streams, entries)
	}
	for _, entry := range entries {
		if _, err := fmt.Fprintln(streams.Out, progress.Printable(entry.text())); err != nil {
			return fmt.Errorf("writing the history: %w", err)
		}
	}
	return nil
}

// history puts rollouts and what people did into one order, the newest first.
func history(status environment.Status) []HistoryEntry {
	entries := []HistoryEntry{}
	for _, record := range status.History {
		entries = append(entries, HistoryEntry{
			At: record.Ended, What: "release", Version: record.Version, Verdict: string(record.Verdict), Why: record.Why,
			By: record.By, Reason: record.Reason, Message: record.Message,
		})
	}
	for _, entry := range status.Log {
		entries = append(entries, HistoryEntry{At: entry.At, What: entry.What, By: entry.By, Reason: entry.Reason})
	}
	slices.SortStableFunc(entries, func(a, b HistoryEntry) int { return b.At.Compare(a.At) })
	return entries
}

func (e HistoryEntry) text() string {
	if e.Verdict == "" {
		text := fmt.Sprintf("%s  %s %s", moment(e.At), e.By, e.What)
		if e.Reason != "" {
			text += ": " + e.Reason
		}
		return text
	}
	return recordText(environment.Record{
		Version: e.Version, Ended: e.At, Verdict: rollout.Verdict(e.Verdict), Why: e.Why, By: e.By, Reason: e.Reason, Message: e.Message,
	})
}
