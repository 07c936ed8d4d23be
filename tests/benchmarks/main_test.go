// Package benchmarks measures what the README claims, on the local platform:
// a real API server and controllers with simulated pods, Temporal on SQLite.
package benchmarks

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

// runs is how many samples a distribution has.
const runs = 30

const (
	exitReleased   = 0
	exitRolledBack = 3
)

func image(revision int) string { return fmt.Sprintf("registry.example/revision:%d", revision) }

// setup gives a stack of services without needs, with their first release running.
func setup(b *testing.B, annotations map[string]string, services ...string) (*rig.Rig, *rig.Repo, *rig.Stack) {
	b.Helper()
	platform := platformtest.Load(b)
	r := rig.New(b, platform)
	namespace := platform.Namespace(b, "local-1")
	stack := &rig.Stack{
		Name: namespace, Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: []string{"local-1"}, Namespace: namespace, Deadline: "2m"},
		},
	}
	for _, name := range services {
		stack.Services = append(stack.Services, rig.Service{Name: name, Annotations: annotations})
	}
	repo := rig.NewRepo(b)
	return r, repo, stack
}

// tag makes revision n of all services and tags it v1.0.0-rc.n.
func tag(repo *rig.Repo, stack *rig.Stack, n int) string {
	for i := range stack.Services {
		stack.Services[i].Image = image(n)
	}
	repo.Write(stack.Files())
	name := fmt.Sprintf("v1.0.0-rc.%d", n)
	repo.Tag(name)
	return name
}

// history gives the events of a workflow's latest run.
func history(b *testing.B, r *rig.Rig, workflowID string) []*historypb.HistoryEvent {
	b.Helper()
	var events []*historypb.HistoryEvent
	iterator := r.Client.GetWorkflowHistory(b.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for iterator.HasNext() {
		event, err := iterator.Next()
		if err != nil {
			b.Fatal(err)
		}
		events = append(events, event)
	}
	return events
}

// decided gives when the workflow task that decided on the last WatchWave was
// durably completed.
func decided(b *testing.B, r *rig.Rig, stack string) time.Time {
	b.Helper()
	watch := int64(0)
	var at time.Time
	for _, event := range history(b, r, rollout.ID(stack, "staging")) {
		if scheduled := event.GetActivityTaskScheduledEventAttributes(); scheduled.GetActivityType().GetName() == "WatchWave" {
			watch, at = event.GetEventId(), time.Time{}
		}
		done := event.GetActivityTaskCompletedEventAttributes()
		if done != nil && done.GetScheduledEventId() == watch {
			watch = -1
		}
		if watch == -1 && at.IsZero() && event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			at = event.GetEventTime().AsTime()
		}
	}
	if at.IsZero() {
		b.Fatal("the history has no decision on a WatchWave")
	}
	return at
}

// report adds the 50th and 95th percentile to the benchmark's line.
func report(b *testing.B, name string, samples []time.Duration) {
	b.Helper()
	slices.Sort(samples)
	at := func(p int) float64 { return samples[min(len(samples)-1, len(samples)*p/100)].Seconds() }
	b.ReportMetric(at(50), name+"-p50-s")
	b.ReportMetric(at(95), name+"-p95-s")
}

// requests counts Slipway's requests for a namespace, by what they are.
func requests(b *testing.B, r *rig.Rig, namespace string) int {
	b.Helper()
	total := 0
	for _, count := range r.Counts(b, "local-1", namespace).Requests {
		if strings.HasPrefix(count.UserAgent, "slipway/") {
			total += count.Count
		}
	}
	return total
}
