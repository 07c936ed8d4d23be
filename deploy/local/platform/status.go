package platform

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/slipway-dev/slipway/deploy/local/process"
)

// Status writes what runs in the directory. It returns ErrNotRunning when
// nothing does, also when a killed supervisor left its state behind.
func Status(directory string, out io.Writer) error {
	state, err := ReadState(directory)
	if err != nil {
		return err
	}
	if _, err := process.Identify(state.PIDs["supervisor"]); err != nil {
		return ErrNotRunning
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(table, "temporal\t%s\n", state.Temporal.Address)
	_, _ = fmt.Fprintf(table, "temporal UI\t%s\n", state.Temporal.UI)
	_, _ = fmt.Fprintf(table, "registry\t%s\n", state.Registry)
	_, _ = fmt.Fprintf(table, "kubeconfig\t%s\n", state.Kubeconfig)
	for _, cluster := range state.Clusters {
		_, _ = fmt.Fprintf(table, "cluster %s\t%s (direct: %s)\n", cluster.Name, cluster.Server, cluster.Direct)
	}
	_, _ = fmt.Fprintf(table, "control\t%s\n", state.Control)
	for _, name := range slices.Sorted(maps.Keys(state.PIDs)) {
		condition := "running"
		if _, err := process.Identify(state.PIDs[name]); err != nil {
			condition = "not running"
		}
		_, _ = fmt.Fprintf(table, "process %s\t%d %s\n", name, state.PIDs[name], condition)
	}
	return table.Flush()
}
