package starter

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"
)

// maxScheduleFile is far above any file that a person writes.
const maxScheduleFile = 1 << 20

func newSchedule(streams Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schedule",
		Short: "apply, list and delete what runs by the clock",
		Long: `Schedule keeps Temporal Schedules as a file says: config sync and drift checks by
an interval or by cron. A run that is due while the one before is under way is
left out.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newScheduleApply(streams), newScheduleList(streams), newScheduleDelete(streams))
	return cmd
}

func newScheduleApply(streams Streams) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "apply -f FILE",
		Short: "create or update the schedules of a file",
		Long: `Apply reads YAML, a document for each schedule:

  id: shop-drift
  every: 1h                     # or cron, one expression or a list, and timeZone
  catchUpWindow: 1m             # a start missed by more is not made up for
  paused: false                 # left out: it stays as it is
  note: what differs, hourly
  workflow: ConfigSync
  input: {stack: shop, repository: https://github.com/acme/shop.git, mode: drift}

Applying a file again changes nothing. All of it is checked before the first
schedule is touched.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := readScheduleFile(file)
			if err != nil {
				return err
			}
			schedules, err := parseSchedules(file, data)
			if err != nil {
				return fail(ExitBadInput, "%w", err)
			}
			return connected(cmd.Context(), streams, func(ctx context.Context, c client.Client) error {
				return applySchedules(ctx, streams, c, schedules)
			})
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "file of schedules")
	require(cmd, "file")
	return cmd
}

func readScheduleFile(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fail(ExitBadInput, "reading schedules: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxScheduleFile+1))
	switch {
	case err != nil:
		return nil, fail(ExitBadInput, "reading schedules: %w", err)
	case len(data) > maxScheduleFile:
		return nil, fail(ExitBadInput, "reading schedules: %s has more than %d bytes", name, maxScheduleFile)
	}
	return data, nil
}

func applySchedules(ctx context.Context, streams Streams, c client.Client, schedules []schedule) error {
	for _, s := range schedules {
		created, err := applySchedule(ctx, c, s)
		if err != nil {
			return err
		}
		did := "updated"
		if created {
			did = "created"
		}
		if _, err := fmt.Fprintln(streams.Out, did, s.id); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	return nil
}

// listedSchedule is a schedule as list prints it.
type listedSchedule struct {
	ID       string     `json:"id"`
	Workflow string     `json:"workflow"`
	Paused   bool       `json:"paused"`
	Note     string     `json:"note,omitempty"`
	Last     *time.Time `json:"last,omitempty"`
	Next     *time.Time `json:"next,omitempty"`
}

func newScheduleList(streams Streams) *cobra.Command {
	how := waiting{output: "text"}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the schedules of the namespace",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := how.check(); err != nil {
				return err
			}
			return connected(cmd.Context(), streams, func(ctx context.Context, c client.Client) error {
				all, err := schedules(ctx, c)
				if err != nil {
					return err
				}
				if how.json() {
					return printJSON(streams, all)
				}
				return printSchedules(streams.Out, all)
			})
		},
	}
	cmd.Flags().StringVarP(&how.output, "output", "o", "text", "what to print on stdout: text or json")
	return cmd
}

func schedules(ctx context.Context, c client.Client) ([]listedSchedule, error) {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	const doing = "listing schedules"
	entries, err := c.ScheduleClient().List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return nil, callError(doing, err)
	}
	all := []listedSchedule{}
	for entries.HasNext() {
		entry, err := entries.Next()
		if err != nil {
			return nil, callError(doing, err)
		}
		listed := listedSchedule{ID: entry.ID, Workflow: entry.WorkflowType.Name, Paused: entry.Paused, Note: entry.Note}
		if n := len(entry.RecentActions); n > 0 {
			listed.Last = &entry.RecentActions[n-1].ActualTime
		}
		if len(entry.NextActionTimes) > 0 && !entry.Paused {
			listed.Next = &entry.NextActionTimes[0]
		}
		all = append(all, listed)
	}
	return all, nil
}

func printSchedules(out io.Writer, all []listedSchedule) error {
	for _, s := range all {
		line := s.ID + "  " + s.Workflow
		switch {
		case s.Paused:
			line += "  paused"
		case s.Next != nil:
			line += "  next " + moment(*s.Next)
		}
		if s.Last != nil {
			line += "  last " + moment(*s.Last)
		}
		if s.Note != "" {
			line += "  " + s.Note
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return fmt.Errorf("writing the list: %w", err)
		}
	}
	return nil
}

func newScheduleDelete(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "delete ID",
		Short: "delete a schedule; what it has started goes on",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return connected(cmd.Context(), streams, func(ctx context.Context, c client.Client) error {
				ctx, cancel := context.WithTimeout(ctx, startTime)
				defer cancel()
				err := c.ScheduleClient().GetHandle(ctx, args[0]).Delete(ctx)
				if isNotFound(err) {
					return fail(ExitBadInput, "there is no schedule %q; see starter schedule list", args[0])
				}
				if err != nil {
					return callError("deleting schedule "+args[0], err)
				}
				_, err = fmt.Fprintln(streams.Out, "deleted", args[0])
				return err
			})
		},
	}
}

// connected does something with a connection; an interrupt ends it.
func connected(ctx context.Context, streams Streams, do func(context.Context, client.Client) error) error {
	ctx, release := streams.untilInterrupt(ctx)
	defer release()
	c, _, err := connect(ctx)
	if err != nil {
		return orInterrupt(ctx, err)
	}
	defer c.Close()
	if err := do(ctx, c); err != nil {
		return orInterrupt(ctx, err)
	}
	return nil
}
