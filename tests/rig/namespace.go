package rig

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// register makes the Temporal namespace of the test.
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
