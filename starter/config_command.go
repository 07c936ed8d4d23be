package starter

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/slipway-dev/slipway/stack/config"
)

func newConfig(streams Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "look at the config of services, without a connection to anything",
		Long: `Config shows what the config of a service comes to in an environment and a
cluster, where each value was written, how two places or commits differ, and
what is wrong with it. It reads the files of this directory, or of a commit,
and talks to no server.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigRender(streams), newConfigExplain(streams), newConfigDiff(streams), newConfigLint(streams))
	return cmd
}

// configSource says which files config is read from.
type configSource struct {
	repository string
	ref        string
}

func (s *configSource) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.repository, "repo", ".", "repository of the stack: a path, or with --ref also a URL")
	cmd.Flags().StringVar(&s.ref, "ref", "", "commit, tag or branch to read instead of the files as they are now")
}

// configPlace says whose config is meant.
type configPlace struct {
	environment string
	cluster     string
}

func (p *configPlace) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.environment, "env", "", "name of the environment (default: the only one)")
	cmd.Flags().StringVar(&p.cluster, "cluster", "", "kubeconfig context of the cluster (default: what clusters without a layer of their own get)")
}

func newConfigRender(streams Streams) *cobra.Command {
	var source configSource
	var place configPlace
	var output string
	cmd := &cobra.Command{
		Use:   "render (SERVICE | FILE) [--env ENVIRONMENT] [--cluster CLUSTER]",
		Short: "print the config of a service as its pods get it",
		Long: `Render prints the config of a service, resolved with all that it includes, as
its pods get it. Substitutions that stand for secrets stay open.

Given a file instead of a service it resolves that, leaving every substitution
open that the file does not set.`,
		Example: "  starter config render cart --env production\n  starter config render cart --env production --cluster eu-1 --output json\n" +
			"  starter config render config/shared.conf",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seen, err := lookAtConfig(cmd.Context(), streams, source, place, args[0])
			if err != nil {
				return err
			}
			return seen.print(streams.Out, output)
		},
	}
	source.flags(cmd)
	place.flags(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "", "hocon, json or properties (default: the form that pods get)")
	return cmd
}

func newConfigExplain(streams Streams) *cobra.Command {
	var source configSource
	var place configPlace
	cmd := &cobra.Command{
		Use:   "explain (SERVICE | FILE) PATH [--env ENVIRONMENT] [--cluster CLUSTER]",
		Short: "show which file and line set a value, and what it overrode",
		Example: "  starter config explain cart db.pool.size --env production\n" +
			"  starter config explain cart db --env production --cluster eu-1",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			seen, err := lookAtConfig(cmd.Context(), streams, source, place, args[0])
			if err != nil {
				return err
			}
			explanation, err := seen.config.Explain(args[1])
			if err != nil {
				return fail(ExitBadInput, "%w", err)
			}
			_, err = fmt.Fprintln(streams.Out, strings.TrimRight(explanation.String(), "\n"))
			return err
		},
	}
	source.flags(cmd)
	place.flags(cmd)
	return cmd
}

// lookAtConfig gives the config of a service, or of a file where the argument
// is no service but looks like a path.
func lookAtConfig(ctx context.Context, streams Streams, source configSource, place configPlace, what string) (*seenConfig, error) {
	ctx, release := streams.untilInterrupt(ctx)
	defer release()
	files, err := source.open(ctx)
	if err != nil {
		return nil, orInterrupt(ctx, err)
	}
	defer files.close()
	if _, known := files.stack.Service(what); !known && isConfigFile(what) {
		return files.file(what)
	}
	return files.service(what, place)
}

func isConfigFile(name string) bool {
	return slices.Contains([]string{".conf", ".json", ".properties"}, path.Ext(name))
}

// environmentOf finds the environment that is meant: the one that is named, or
// the only one.
func (f *configTree) environmentOf(place configPlace) (config.Place, error) {
	var names []string
	for _, environment := range f.stack.Environments {
		names = append(names, environment.Name)
		if environment.Name != place.environment && (place.environment != "" || len(f.stack.Environments) > 1) {
			continue
		}
		if place.cluster != "" && !slices.Contains(environment.Clusters, place.cluster) {
			return config.Place{}, fail(ExitBadInput, "--cluster %q is none of %s's: %s", place.cluster, environment.Name, strings.Join(environment.Clusters, ", "))
		}
		return config.Place{Environment: environment.Name, Cluster: place.cluster}, nil
	}
	if place.environment == "" {
		return config.Place{}, fail(ExitBadInput, "--env is needed: one of %s", strings.Join(names, ", "))
	}
	return config.Place{}, fail(ExitBadInput, "--env %q is no environment of the stack: it has %s", place.environment, strings.Join(names, ", "))
}
