package starter

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/slipway-dev/slipway/hocon"
)

// configDifference asks how two places or commits differ.
type configDifference struct {
	source, against  configSource
	place, againstAt configPlace
	exitCode         bool
}

func newConfigDiff(streams Streams) *cobra.Command {
	var q configDifference
	cmd := &cobra.Command{
		Use:   "diff (SERVICE | FILE) (--against-env ENVIRONMENT | --against-cluster CLUSTER | --against-ref REF)",
		Short: "show how the config of a service differs between places or commits",
		Long: `Diff shows each value in which the config of a service differs from that of
another environment, another cluster or another commit, and where both were
written. What --against-… does not name is the same on both sides.

Going from the other side to this one, + is what was added, - what was removed
and ~ what was changed.`,
		Example: "  starter config diff cart --env production --against-env staging\n" +
			"  starter config diff cart --env production --against-ref v1.4.0",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if q.againstAt == (configPlace{}) && q.against.ref == "" {
				return fail(ExitBadInput, "say what to compare with: --against-env, --against-cluster or --against-ref")
			}
			changes, err := q.changes(cmd.Context(), streams, args[0])
			if err != nil {
				return err
			}
			if err := printChanges(streams.Out, changes); err != nil {
				return err
			}
			if q.exitCode && len(changes) > 0 {
				return finish(ExitFailed)
			}
			return nil
		},
	}
	q.source.flags(cmd)
	q.place.flags(cmd)
	cmd.Flags().StringVar(&q.againstAt.environment, "against-env", "", "environment to compare with")
	cmd.Flags().StringVar(&q.againstAt.cluster, "against-cluster", "", "cluster to compare with")
	cmd.Flags().StringVar(&q.against.ref, "against-ref", "", "commit, tag or branch to compare with")
	cmd.Flags().BoolVar(&q.exitCode, "exit-code", false, "end with exit code 1 when there is a difference")
	return cmd
}

func (q configDifference) changes(ctx context.Context, streams Streams, what string) ([]hocon.Change, error) {
	here, err := lookAtConfig(ctx, streams, q.source, q.place, what)
	if err != nil {
		return nil, err
	}
	q.against.repository = q.source.repository
	if q.against.ref == "" {
		q.against.ref = q.source.ref
	}
	if q.againstAt.environment == "" {
		q.againstAt.environment = q.place.environment
		// Another environment has other clusters, so that the cluster of one
		// means nothing in the other.
		if q.againstAt.cluster == "" {
			q.againstAt.cluster = q.place.cluster
		}
	}
	there, err := lookAtConfig(ctx, streams, q.against, q.againstAt, what)
	if err != nil {
		return nil, err
	}
	return hocon.Diff(there.config, here.config), nil
}

// printChanges prints two lines a change: what, and where from.
func printChanges(out io.Writer, changes []hocon.Change) error {
	for _, change := range changes {
		if _, err := fmt.Fprintln(out, change); err != nil {
			return err
		}
	}
	return nil
}
