package workload_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"

	"github.com/slipway-dev/slipway/activities/bundle"
	"github.com/slipway-dev/slipway/activities/workload"
)

func TestCompareTellsItsProgress(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.target.drift = workload.Drift{Objects: 2}
	beats := make(chan workload.Compared, 1)
	s.env.SetOnActivityHeartbeatListener(func(_ *activity.Info, details converter.EncodedValues) {
		var compared workload.Compared
		if err := details.Get(&compared); err == nil {
			beats <- compared
		}
	})
	drift, err := run[workload.Drift](s, s.activities.CompareTarget, workload.CompareTargetInput{Subject: s.subject(s.release("1.0.0-rc.1", "store", "web"))})
	if err != nil || drift.Objects != 2 || !drift.Report.IsZero() || len(s.target.scopes[0].Services) != 2 {
		t.Errorf("drift %+v, %v, of %+v", drift, err, s.target.scopes)
	}
	if compared := <-beats; compared != (workload.Compared{Done: 1, Total: 2}) {
		t.Errorf("progress %+v", compared)
	}
}

// drifted is a target on which many fields of many objects differ.
func drifted(objects, fields int) workload.Drift {
	drift := workload.Drift{Objects: objects, Changed: objects}
	for i := range objects {
		difference := workload.Difference{Service: "web", Object: fmt.Sprintf("ConfigMap/%d", i), Kind: workload.Changed}
		for j := range fields {
			difference.Fields = append(difference.Fields, workload.FieldDifference{Path: fmt.Sprintf(".data.%d", j), By: []string{"ann"}})
		}
		drift.Differences = append(drift.Differences, difference)
	}
	return drift
}

func (s *scene) compare(ref bundle.Reference) (workload.Drift, error) {
	s.t.Helper()
	return run[workload.Drift](s, s.activities.CompareTarget, workload.CompareTargetInput{Subject: s.subject(ref)})
}

func TestDriftIsStoredInFullAndToldInBrief(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.release("1.0.0-rc.1", "store", "web")
	s.target.drift = drifted(150, 12)
	found, err := s.compare(ref)
	if err != nil {
		t.Fatal(err)
	}
	if found.Objects != 150 || found.Changed != 150 || len(found.Differences) != 100 {
		t.Errorf("%d objects, %d changed, %d named; want 150, 150 and 100", found.Objects, found.Changed, len(found.Differences))
	}
	if last := found.Differences[99]; len(last.Fields) != 10 || last.MoreFields != 2 {
		t.Errorf("%d fields and %d more, want 10 and 2", len(last.Fields), last.MoreFields)
	}

	artifact, err := s.store.Get(t.Context(), found.Report)
	if err != nil || artifact.Type != workload.DriftType || found.Report.Repository != s.repository {
		t.Fatalf("report %v is of type %q, %v", found.Report, artifact.Type, err)
	}
	var report workload.DriftReport
	if err := json.Unmarshal(artifact.Files[0].Content, &report); err != nil {
		t.Fatal(err)
	}
	want := workload.DriftReport{
		Stack: "shop", Environment: "staging", Target: "local", Namespace: "shop", Version: "1.0.0-rc.1", Bundle: ref, Drift: drifted(150, 12),
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

func TestTheSameDriftIsStoredOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.release("1.0.0-rc.1", "store", "web")
	s.target.drift = drifted(1, 1)
	first, err := s.compare(ref)
	if err != nil {
		t.Fatal(err)
	}
	s.attempt()
	second, err := s.compare(ref)
	if err != nil || first.Report != second.Report {
		t.Errorf("stored as %v and %v, %v; want one", first.Report, second.Report, err)
	}
	tag := "drift-staging-local-" + strings.TrimPrefix(first.Report.Digest, "sha256:")[:12]
	if got, err := s.store.Resolve(t.Context(), s.repository, tag); err != nil || got != first.Report {
		t.Errorf("tag %s names %v, %v; want %v", tag, got, err, first.Report)
	}
}

func TestDriftThatCannotBeStoredIsAnError(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ref := s.release("1.0.0-rc.1", "store", "web")
	s.target.drift = drifted(1, 1)
	s.registry.Fail(func(request *http.Request) int {
		if request.Method == http.MethodPost {
			return http.StatusForbidden
		}
		return 0
	})
	found, err := s.compare(ref)
	if err == nil || !strings.Contains(err.Error(), "storing a report") || found.Objects > 0 {
		t.Errorf("got %+v, %v; want an error, for nobody could read the whole", found, err)
	}
}
