package workers_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"k8s.io/klog/v2"

	"github.com/slipway-dev/slipway/workers"
)

// TestLogClients is not parallel: the Kubernetes client has one logger a process.
func TestLogClients(t *testing.T) {
	var out bytes.Buffer
	workers.LogClients(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug - 8})))
	t.Cleanup(klog.ClearLogger)

	klog.Warningf("watch of %s ended", "pods")
	klog.FromContext(context.Background()).Error(nil, "failed to list", "kind", "Pod")
	klog.V(4).Info("a detail")
	klog.FromContext(context.Background()).V(8).Info("response", "body", "hunter2")

	lines := strings.SplitAfter(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines, want the warning and the error alone:\n%s", len(lines), out.String())
	}
	for i, wants := range [][]string{{"from=client-go", `msg="watch of pods ended`}, {"level=ERROR", "from=client-go", `msg="failed to list"`, "kind=Pod"}} {
		for _, want := range wants {
			if !strings.Contains(lines[i], want) {
				t.Errorf("line %d lacks %s: %s", i+1, want, lines[i])
			}
		}
	}
}
