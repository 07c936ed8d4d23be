// Package rig sets up what an end-to-end test needs: a Temporal namespace of
// its own, workers as processes that can be killed, a Git repository, and the
// starter.
package rig

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/slipway-dev/slipway/tests/platformtest"
)

// patience bounds every wait of a test; it is long because machines are slow,
// and nothing passes by waiting longer.
const patience = 3 * time.Minute

// Rig is the set-up of one test.
type Rig struct {
	*platformtest.Platform
	Client    client.Client
	Namespace string
	t         testing.TB
	bin       string
	cache     string
}

// New makes a rig on a platform.
func New(t testing.TB, platform *platformtest.Platform) *Rig {
	t.Helper()
	// Caches of a test's workers are its own: what one leaves must not help another.
	r := &Rig{Platform: platform, t: t, bin: platformtest.Bin(t), cache: t.TempDir()}
	r.Namespace = "test-" + strings.ReplaceAll(strings.ToLower(t.Name()), "/", "-") + "-" + time.Now().Format("150405.000")
	r.register()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: platform.Temporal.Address, Namespace: r.Namespace, Logger: silent{}})
	if err != nil {
		t.Fatalf("connecting to Temporal: %v", err)
	}
	t.Cleanup(c.Close)
	r.Client = c
	return r
}

func (r *Rig) register() {
	r.t.Helper()
	admin, err := client.DialContext(r.t.Context(), client.Options{HostPort: r.Temporal.Address, Logger: silent{}})
	if err != nil {
		r.t.Fatalf("connecting to Temporal: %v", err)
	}
	defer admin.Close()
	// The server registers one namespace at a time and refuses a second one meanwhile.
	defer lock(r.t, r.Kubeconfig+".registering")()
	_, err = admin.WorkflowService().RegisterNamespace(r.t.Context(), &workflowservice.RegisterNamespaceRequest{
		Namespace: r.Namespace, WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour),
	})
	// The client repeats a request whose answer was lost, and the name is ours alone.
	var already *serviceerror.NamespaceAlreadyExists
	if err != nil && !errors.As(err, &already) {
		r.t.Fatalf("registering namespace %s: %v", r.Namespace, err)
	}
	attributes := map[string]enumspb.IndexedValueType{"SlipwayCluster": enumspb.INDEXED_VALUE_TYPE_KEYWORD_LIST}
	for _, name := range []string{"SlipwayStack", "SlipwayEnvironment", "SlipwayVersion", "SlipwayPhase"} {
		attributes[name] = enumspb.INDEXED_VALUE_TYPE_KEYWORD
	}
	_, err = admin.OperatorService().AddSearchAttributes(r.t.Context(), &operatorservice.AddSearchAttributesRequest{
		Namespace: r.Namespace, SearchAttributes: attributes,
	})
	if err != nil {
		r.t.Fatalf("adding search attributes: %v", err)
	}
}

// lock takes a lock that all test processes share, and gives the way to let it go.
func lock(t testing.TB, path string) (unlock func()) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { _ = file.Close() }
}

func (r *Rig) env() []string {
	return append(os.Environ(),
		"TEMPORAL_ADDRESS="+r.Temporal.Address, "TEMPORAL_NAMESPACE="+r.Namespace, "KUBECONFIG="+r.Kubeconfig)
}

// Worker starts a worker process that serves everything.
func (r *Rig) Worker(flags ...string) *Process {
	r.t.Helper()
	return start(r.t, r.env(), filepath.Join(r.bin, "worker"), append([]string{"--cache", r.cache}, flags...)...)
}

// Starter runs the starter to its end.
func (r *Rig) Starter(arguments ...string) (code int, stdout, stderr string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	return Run(ctx, r.t, r.env(), filepath.Join(r.bin, "starter"), arguments...)
}

// Background runs the starter beside the test.
func (r *Rig) Background(arguments ...string) *Process {
	r.t.Helper()
	return start(r.t, r.env(), filepath.Join(r.bin, "starter"), arguments...)
}

// Release releases a tag and checks how the starter ends.
func (r *Rig) Release(repo *Repo, tag string, want int) (stdout, stderr string) {
	r.t.Helper()
	code, stdout, stderr := r.Starter("release", "--repo", repo.Dir, "--tag", tag, "--by", "ann")
	if code != want {
		r.t.Fatalf("starter release --tag %s: exit code %d, want %d\n%s\n%s", tag, code, want, stderr, stdout)
	}
	return stdout, stderr
}

// Eventually waits until a condition holds, looking again every 50 ms.
func (r *Rig) Eventually(what string, holds func() bool) {
	r.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-deadline.C:
			r.t.Fatalf("waited in vain until %s", what)
		case <-tick.C:
		}
	}
}

// Query asks a workflow and gives whether it answered.
func (r *Rig) Query(workflowID, query string, out any) bool {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	value, err := r.Client.QueryWorkflow(ctx, workflowID, "", query)
	return err == nil && value.Get(out) == nil
}

// Signalled tells whether a signal is in the history of a workflow's latest run.
func (r *Rig) Signalled(workflowID string) bool {
	r.t.Helper()
	events := r.Client.GetWorkflowHistory(r.t.Context(), workflowID, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return false
		}
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			return true
		}
	}
	return false
}

// Result waits for a workflow's end and gives its result.
func (r *Rig) Result(workflowID string, out any) error {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	return r.Client.GetWorkflow(ctx, workflowID, "").Get(ctx, out)
}

// silent keeps the SDK from printing into the output of tests.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
