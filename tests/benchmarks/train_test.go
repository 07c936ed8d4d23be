package benchmarks

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/stack"
	"github.com/slipway-dev/slipway/tests/platformtest"
	"github.com/slipway-dev/slipway/tests/rig"
	"github.com/slipway-dev/slipway/workflows/environment"
	"github.com/slipway-dev/slipway/workflows/release"
	"github.com/slipway-dev/slipway/workflows/rollout"
)

const (
	exitNotStarted = 6
	// aborts at random instants of a release that takes about four seconds.
	aborts = 100
	// waitingEnvironments stand at a gate at the same time.
	waitingEnvironments = 1000
)

// BenchmarkAbortAtAnyInstant aborts releases at random instants and measures how
// long it takes until everything is as before. Each ends restored, or had not
// started, or was decided already.
func BenchmarkAbortAtAnyInstant(b *testing.B) {
	r, repo, made := setup(b, map[string]string{"slipway.dev/simulate-ready-after": "1s"}, "store", "web")
	made.Services[1].Needs = []string{"store"}
	r.Worker()
	r.Release(repo, tag(repo, made, 1), exitReleased)
	random := rand.New(rand.NewPCG(1, 2)) // the same instants in every run
	ends := map[int]int{}
	var samples []time.Duration
	for n := range aborts {
		before := r.Images("local-1", made.Name)["Deployment/web"]
		version := strings.TrimPrefix(tag(repo, made, n+2), "v")
		starter := r.Releasing(repo, "v"+version)
		<-time.After(time.Duration(random.IntN(4000)) * time.Millisecond) // the instant is what is drawn
		began := time.Now()
		r.Starter("abort", "--stack", made.Name, "--env", "staging", "--version", version, "--by", "ann", "--reason", "drawn")
		took := time.Since(began)
		code := starter.Wait()
		ends[code]++
		after := r.Images("local-1", made.Name)["Deployment/web"]
		switch {
		case code == exitRolledBack || code == exitNotStarted:
			samples = append(samples, took)
			if after != before {
				b.Fatalf("abort %d: web runs %s, want %s as before", n, after, before)
			}
		case code != exitReleased:
			b.Fatalf("abort %d: exit code %d\n%s", n, code, starter.Log())
		}
	}
	report(b, "stopped", samples)
	b.ReportMetric(float64(ends[exitRolledBack]), "restored")
	b.ReportMetric(float64(ends[exitNotStarted]), "not-started")
	b.ReportMetric(float64(ends[exitReleased]), "too-late")
}

// BenchmarkTheSameTagTenTimes delivers one tag ten times at once.
func BenchmarkTheSameTagTenTimes(b *testing.B) {
	r, repo, made := setup(b, nil, "web")
	r.Worker()
	name := tag(repo, made, 1)
	var starters []*rig.Process
	for range 10 {
		starters = append(starters, r.Releasing(repo, name))
	}
	for _, starter := range starters {
		if code := starter.Wait(); code != exitReleased {
			b.Fatalf("exit code %d\n%s", code, starter.Log())
		}
	}
	writes := 0
	for _, effect := range rig.Effects(b, r.Platform, "local-1", made.Name) {
		if strings.HasSuffix(effect, "deployments.apps/web") {
			writes++
		}
	}
	status := r.AwaitEnvironment(made.Name, "the environment answers", func(environment.Status) bool { return true })
	rollouts := 0
	for _, record := range status.History {
		if record.Verdict == rollout.Released && record.Message == "" {
			rollouts++
		}
	}
	if writes != 1 || rollouts != 1 {
		b.Fatalf("%d writes and %d rollouts, want one each: %+v", writes, rollouts, status.History)
	}
	b.ReportMetric(float64(rollouts), "rollouts")
}

// BenchmarkEnvironmentsAtAGate lets a thousand environments wait at a gate, and
// counts what that costs in a minute.
func BenchmarkEnvironmentsAtAGate(b *testing.B) {
	r, _, made := setup(b, nil, "web")
	worker := r.Worker()
	ids := make([]string, waitingEnvironments)
	for n := range ids {
		name := fmt.Sprintf("%s-%04d", made.Name, n)
		ids[n] = environment.ID(name, "staging")
		ref := bundle.Reference{Repository: made.Registry + "/" + name + ".bundle", Digest: "sha256:" + strings.Repeat("0", 64)}
		_, err := r.Client.ExecuteWorkflow(b.Context(), client.StartWorkflowOptions{ID: ids[n], TaskQueue: "slipway"}, environment.Name, environment.Input{
			Stack: name, Environment: "staging", Repository: ref.Repository, State: &environment.State{
				Recovered: true,
				Freezes:   []environment.Freeze{{Name: "manual", By: "ops", Reason: "audit"}},
				Queue: []environment.Wish{{Policy: &stack.Policy{}, Deploy: environment.Deploy{
					Ticket: "one", Version: "1.0.0-rc.1", Channel: stack.ChannelRC, Bundle: ref,
				}}},
			},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	waits := func(id string) bool {
		var status environment.Status
		return r.Query(id, environment.StatusQuery, &status) == nil && len(status.Queue) == 1 && environment.Waits(status.Queue[0].Gates) != ""
	}
	for _, id := range ids {
		r.Eventually(id+" waits", func() bool { return waits(id) })
	}
	events := func() (sum int) {
		for _, id := range ids {
			described, err := r.Client.DescribeWorkflowExecution(b.Context(), id, "")
			if err != nil {
				b.Fatal(err)
			}
			sum += int(described.GetWorkflowExecutionInfo().GetHistoryLength())
		}
		return sum
	}
	before, memory := events(), worker.Memory(b)
	<-time.After(time.Minute) // what is measured is what happens in it
	b.ReportMetric(float64(events()-before), "events-per-minute")
	b.ReportMetric(memory, "worker-MB")
	b.ReportMetric(worker.Memory(b)-memory, "worker-MB-per-minute")
}

// BenchmarkHistoryOfALargeRollout gives events and bytes of the history of one
// rollout of 20 services to 5 clusters, all of them changed.
func BenchmarkHistoryOfALargeRollout(b *testing.B) {
	platform := platformtest.Start(b, 5)
	r := rig.New(b, platform)
	var clusters []string
	for _, cluster := range platform.Clusters {
		clusters = append(clusters, cluster.Context)
	}
	namespace := platform.Namespace(b, clusters...)
	made := &rig.Stack{
		Name: namespace, Registry: platform.Registry + "/" + namespace,
		Environments: map[string]rig.Environment{
			"staging": {Channel: "rc", Clusters: clusters, Namespace: namespace, Deadline: "5m"},
		},
	}
	for n := range 20 {
		service := rig.Service{Name: fmt.Sprintf("service-%02d", n), Replicas: 1}
		if n > 0 {
			service.Needs = []string{fmt.Sprintf("service-%02d", (n-1)/4)}
		}
		made.Services = append(made.Services, service)
	}
	repo := rig.NewRepo(b)
	r.Worker()
	r.Release(repo, tag(repo, made, 1), exitReleased)
	r.Release(repo, tag(repo, made, 2), exitReleased)
	for name, id := range map[string]string{
		"rollout": rollout.ID(namespace, "staging"), "environment": environment.ID(namespace, "staging"), "release": release.ID(namespace, "1.0.0-rc.2"),
	} {
		described, err := r.Client.DescribeWorkflowExecution(b.Context(), id, "")
		if err != nil {
			b.Fatal(err)
		}
		info := described.GetWorkflowExecutionInfo()
		b.ReportMetric(float64(info.GetHistoryLength()), name+"-events")
		b.ReportMetric(float64(info.GetHistorySizeBytes())/1000, name+"-kB")
	}
	var result json.RawMessage
	if err := r.Result(rollout.ID(namespace, "staging"), &result); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(len(result))/1000, "result-kB")
}
