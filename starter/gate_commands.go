package starter

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/workflows/environment"
)

// versionFlag is for what acts on one release: a stale command is refused.
func versionFlag(cmd *cobra.Command, version *string, what string) {
	cmd.Flags().StringVar(version, "version", "", "version, or digest of the bundle, "+what)
	require(cmd, "version")
}

func newApprove(streams Streams) *cobra.Command {
	var version string
	var reject bool
	return newInstruction(streams,
		"approve --stack STACK --env ENVIRONMENT --version VERSION [--reject]",
		"approve or reject a release that waits for it",
		`Approve gives your word on a release that waits for approval before its first
write, or that has to be approved to count as verified. Status tells what waits,
and for whom. One word a person counts, the last one; a single rejection ends
the release.`,
		environment.ApproveUpdate,
		func(i *instruction) (any, error) {
			decision := environment.Approve
			if reject {
				decision = environment.Reject
			}
			return environment.ApproveRequest{Version: version, Decision: decision, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) {
			versionFlag(cmd, &version, "that waits")
			cmd.Flags().BoolVar(&reject, "reject", false, "say no")
		})
}

func newOverride(streams Streams) *cobra.Command {
	var version string
	return newInstruction(streams,
		"override --stack STACK --env ENVIRONMENT --version VERSION --reason REASON",
		"let a release that waits pass every gate",
		`Override lets a release that waits pass approval, verification and freezes. Who
did and why stays in the history. It does not lift a ban.`,
		environment.OverrideUpdate,
		func(i *instruction) (any, error) {
			return environment.OverrideRequest{Version: version, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) { versionFlag(cmd, &version, "that waits"); require(cmd, "reason") })
}

func newPause(streams Streams) *cobra.Command {
	var version string
	return newInstruction(streams,
		"pause --stack STACK --env ENVIRONMENT --version VERSION",
		"stop a rollout before its next step",
		`Pause lets what is under way end and keeps the rollout from its next step. It
undoes nothing. Resume lets it go on, abort restores, and a newer version takes
over. The time that it is paused counts toward no deadline.`,
		environment.PauseUpdate,
		func(i *instruction) (any, error) {
			return environment.PauseRequest{Version: version, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) { versionFlag(cmd, &version, "that is being rolled out") })
}

func newResume(streams Streams) *cobra.Command {
	var version string
	return newInstruction(streams,
		"resume --stack STACK --env ENVIRONMENT --version VERSION",
		"let a rollout that is paused go on",
		"Resume ends a pause. A rollout that is held by a freeze goes on when that ends.",
		environment.ResumeUpdate,
		func(i *instruction) (any, error) {
			return environment.PauseRequest{Version: version, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) { versionFlag(cmd, &version, "that is paused") })
}

func newFreeze(streams Streams) *cobra.Command {
	var name, until, running string
	return newInstruction(streams,
		"freeze --stack STACK --env ENVIRONMENT --reason REASON [--until TIME]",
		"keep everything from going forward",
		`Freeze keeps releases out, and stops a rollout that is under way before its next
step. Restores and rollbacks pass. It lasts until somebody thaws it, or until a
time: 2026-12-24T18:00:00Z, or a duration from now such as 72h.`,
		environment.FreezeUpdate,
		func(i *instruction) (any, error) {
			end, err := moments(until)
			return environment.FreezeRequest{Name: name, By: i.by, Reason: i.reason, Until: end, Running: stack.Running(running)}, err
		},
		func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&name, "name", "", "tells freezes apart (default: manual); the same name again replaces it")
			cmd.Flags().StringVar(&until, "until", "", "when it ends by itself: a time, or a duration from now")
			cmd.Flags().StringVar(&running, "running", "", "what becomes of a rollout that is under way: hold (default) or abort")
			require(cmd, "reason")
		})
}

// moments reads a time, or a duration from now; nothing is no time.
func moments(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return time.Now().Add(d).UTC().Truncate(time.Second), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fail(ExitBadInput, "--until %q: want a time such as 2026-12-24T18:00:00Z, or a duration such as 72h", text)
	}
	return at, nil
}

func newThaw(streams Streams) *cobra.Command {
	var name string
	return newInstruction(streams,
		"thaw --stack STACK --env ENVIRONMENT [--name NAME]",
		"end a freeze",
		`Thaw ends a freeze that somebody has set, or that a rollback has left behind. A
window of slipway.yaml ends by itself; override lets one release pass it.`,
		environment.ThawUpdate,
		func(i *instruction) (any, error) {
			return environment.ThawRequest{Name: name, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&name, "name", "", "name of the freeze; it may be left out when there is one only")
		})
}

func newBan(streams Streams) *cobra.Command {
	var version string
	return newInstruction(streams,
		"ban --stack STACK --env ENVIRONMENT --version VERSION --reason REASON",
		"keep a release from every environment of the stack",
		`Ban marks a recorded release. No environment of the stack takes it any more, and
where it is being rolled out that is aborted and restored. Where it runs it goes
on running: only a rollback takes it away. Any environment of the stack will do
for --env.`,
		environment.BanUpdate,
		func(i *instruction) (any, error) {
			return environment.BanRequest{Version: version, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) { versionFlag(cmd, &version, "to ban"); require(cmd, "reason") })
}

func newUnban(streams Streams) *cobra.Command {
	var version string
	return newInstruction(streams,
		"unban --stack STACK --env ENVIRONMENT --version VERSION --reason REASON",
		"lift the ban of a release",
		"Unban lets a release go on its way again. It releases nothing.",
		environment.UnbanUpdate,
		func(i *instruction) (any, error) {
			return environment.BanRequest{Version: version, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) { versionFlag(cmd, &version, "that is banned"); require(cmd, "reason") })
}

func newAccept(streams Streams) *cobra.Command {
	var version string
	return newInstruction(streams,
		"accept --stack STACK --env ENVIRONMENT --version VERSION --reason REASON",
		"after a stuck rollout: take the last release for what runs",
		`Accept says that somebody has looked, and that the release before the one that
got stuck is what runs, or will be made so by hand. It looks at nothing itself:
starter drift does.`,
		environment.AcceptUpdate,
		func(i *instruction) (any, error) {
			return environment.UnstickRequest{Version: version, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) {
			versionFlag(cmd, &version, "whose rollout got stuck")
			require(cmd, "reason")
		})
}

func newExclude(streams Streams) *cobra.Command {
	var cluster string
	return newInstruction(streams,
		"exclude --stack STACK --env ENVIRONMENT --cluster CLUSTER",
		"take a cluster out for maintenance",
		"Exclude makes rollouts leave a cluster alone. Include brings it back, level with\nthe others.",
		environment.ExcludeUpdate,
		func(i *instruction) (any, error) {
			return environment.ExcludeRequest{Cluster: cluster, By: i.by, Reason: i.reason}, nil
		},
		func(cmd *cobra.Command) { clusterFlag(cmd, &cluster) })
}

func clusterFlag(cmd *cobra.Command, cluster *string) {
	cmd.Flags().StringVar(cluster, "cluster", "", "cluster, by its kubeconfig context")
	require(cmd, "cluster")
}
